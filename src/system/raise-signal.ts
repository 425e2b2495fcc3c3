/** Sends a signal to this process. One that stops it returns when the process goes on. */
export function raiseSignal(name: NodeJS.Signals): void {
  process.kill(process.pid, name);
}
