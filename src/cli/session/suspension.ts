import { raiseSignal } from "../../system/raise-signal.js";
import type { ProgressView } from "../progress/view.js";
import type { SignalSource } from "./interrupts.js";

/**
 * Takes the view away while the user has suspended the program with Ctrl-Z, so that the shell gets
 * a clean terminal with a cursor. @returns a function that ends this.
 */
export function watchSuspension(source: SignalSource, view: ProgressView): () => void {
  const suspend = () => {
    view.suspend();
    // Without a listener the signal does what it does to every program: it stops this one, unless
    // there is no shell that could continue it.
    source.off("SIGTSTP", suspend);
    raiseSignal("SIGTSTP");
    source.on("SIGTSTP", suspend);
    view.resume();
  };
  source.on("SIGTSTP", suspend);
  return () => void source.off("SIGTSTP", suspend);
}
