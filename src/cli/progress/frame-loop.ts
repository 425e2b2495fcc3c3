import { Listr, Spinner, type ListrRenderer } from "listr2";

/** Milliseconds between two frames: numbers that change more often cannot be read. */
const FRAME_MS = 150;

/**
 * Draws frames until `ended` resolves. Import this module when there is
 * something to draw for a while: it is large.
 * @param draw gets the picture of the spinner; it writes only what has changed.
 */
export async function drawFrames(draw: (spinner: string) => void, ended: Promise<void>): Promise<void> {
  const options = { renderer: FrameLoop, rendererOptions: { draw }, registerSignalListeners: false } as const;
  await new Listr([{ title: "the run", task: async () => await ended }], options).run();
}

interface Drawing {
  draw(spinner: string): void;
}

/** Frames while the tasks of the list are at work. */
class FrameLoop implements ListrRenderer {
  /** Whether there is a terminal was asked by the one who opened the view. */
  static nonTTY = true;
  static rendererOptions: Drawing;
  static rendererTaskOptions: never;
  readonly #spinner = new Spinner();

  constructor(
    _tasks: unknown,
    private readonly drawing: Drawing,
  ) {}

  render(): void {
    this.#spinner.start(() => this.drawing.draw(this.#spinner.fetch()), FRAME_MS);
  }

  end(): void {
    this.#spinner.stop();
  }
}
