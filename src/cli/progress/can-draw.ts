/** Whether the terminal of this environment can be drawn on, and a user watches it. */
export function canDraw(env: Readonly<Record<string, string | undefined>>): boolean {
  return env["TERM"] !== "dumb" && !env["CI"];
}
