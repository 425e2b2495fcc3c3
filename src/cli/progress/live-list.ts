import { DefaultRenderer, Listr, ListrDefaultRendererLogLevels, ListrLogger, ProcessOutput } from "listr2";
import type { Palette } from "../terms/colour.js";
import type { LiveRow } from "./live-rows.js";
import type { Writer } from "../session/write.js";

/**
 * Draws the rows until each has ended, and leaves their last state on the screen. The list only shows: all its rows begin at once, and
 * each waits for what happens elsewhere. Import this module when there is something to draw: it is heavy.
 */
export async function drawRows(rows: readonly LiveRow[], err: Writer, colours: Palette): Promise<void> {
  const list = new Listr(
    rows.map((row) => ({
      title: fitting(row.title, err),
      task: async (_context: unknown, shown: { title: string | undefined }) => {
        row.onChange = () => {
          shown.title = fitting(row.title, err);
        };
        row.onChange();
        await row.ended;
        row.onChange();
        if (row.failed) throw new Error(row.title);
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      renderer: ErrorStreamRenderer,
      rendererOptions: {
        logger: new ListrLogger({ useIcons: true, processOutput: new ErrorStreamOutput(err) }),
        collapseErrors: false,
        showErrorMessage: false,
        color: colourOf(colours),
      },
    },
  );
  await list.run();
}

/** The default renderer asks whether standard output is a terminal; ours draws on standard error, and who opened it has asked. */
class ErrorStreamRenderer extends DefaultRenderer {
  static override nonTTY = true;
  #drawnAt = -Infinity;

  /** Fifty rows change state hundreds of times a second; the eye needs no more than twenty pictures. */
  override update(): void {
    const now = performance.now();
    if (now - this.#drawnAt < 50) return;
    this.#drawnAt = now;
    super.update();
  }

  /** Titles fit the width already; the original would cut them to the width of standard output. */
  protected override format(message: string, icon: string): string[] {
    return message === "" ? [] : [`${icon} ${message}`];
  }
}

/** Writes to our writer, and takes over no stream of the process. */
class ErrorStreamOutput extends ProcessOutput {
  readonly #out: NodeJS.WriteStream;

  constructor(private readonly writer: Writer) {
    super();
    const stream: Pick<NodeJS.WriteStream, "write" | "columns" | "rows"> = {
      write: (text: string | Uint8Array) => {
        writer.raw(String(text));
        return true;
      },
      get columns() {
        return writer.sink.columns || 80;
      },
      get rows() {
        return writer.sink.rows || 24;
      },
    };
    this.#out = stream as NodeJS.WriteStream;
  }

  override get stdout(): NodeJS.WriteStream {
    return this.#out;
  }

  override hijack(): void {
    this.writer.raw(HIDE_CURSOR);
  }

  override release(): void {
    this.writer.raw(SHOW_CURSOR);
  }

  override toStdout(text: string): boolean {
    this.writer.line(text);
    return true;
  }
}

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

function colourOf(colours: Palette): Record<ListrDefaultRendererLogLevels, (text?: string) => string> {
  const faint = (text = "") => colours.faint(text);
  const levels = Object.values(ListrDefaultRendererLogLevels).map((level) => [level, faint] as const);
  return {
    ...(Object.fromEntries(levels) as Record<ListrDefaultRendererLogLevels, (text?: string) => string>),
    [ListrDefaultRendererLogLevels.PENDING]: (text = "") => colours.odd(text),
    [ListrDefaultRendererLogLevels.COMPLETED]: (text = "") => colours.good(text),
    [ListrDefaultRendererLogLevels.FAILED]: (text = "") => colours.bad(text),
  };
}

/** One line, whatever the width: an icon and a blank stand before it. A terminal that does not know its width says 0. */
function fitting(title: string, { sink }: Writer): string {
  const width = Math.max(20, (sink.columns || 80) - 4);
  const characters = [...title.replaceAll("\n", " ")];
  return characters.length <= width ? characters.join("") : `${characters.slice(0, width - 1).join("")}…`;
}
