/** True when somebody sits at a terminal to be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** One line that the user types, or null when there comes none (the end of input, an interrupt). The question goes to standard error. */
export async function askLine(question: string): Promise<string | null> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise((resolve) => {
      lines.once("close", () => resolve(null));
      lines.once("SIGINT", () => resolve(null));
      lines.question(question).then(resolve, () => resolve(null));
    });
  } finally {
    lines.close();
  }
}
