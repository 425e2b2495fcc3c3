/** True when somebody sits at a terminal to be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * One line that the user types, or null when there comes none. The question goes to standard error. An interrupt ends the program as it would
 * anywhere else: a terminal that is read line by line tells it in another way.
 */
export async function askLine(question: string): Promise<string | null> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise((resolve) => {
      lines.once("close", () => resolve(null));
      lines.once("SIGINT", () => {
        lines.close();
        process.kill(process.pid, "SIGINT");
      });
      lines.question(question).then(resolve, () => resolve(null));
    });
  } finally {
    lines.close();
  }
}
