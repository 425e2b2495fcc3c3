/** Waits until all that is to run in this turn of JavaScript has run: then its children are started. */
export async function turnEnded(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
