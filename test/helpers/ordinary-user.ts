import { lchownSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { Sandbox } from "./sandbox.js";

/** `nobody` on every Linux. */
const NOBODY = 65_534;

/** What a command is begun with to run it as a user whom modes of files bind; nothing where the tests run as such a one. */
export function asOrdinaryUser(): string[] {
  if (process.getuid?.() !== 0) return [];
  return ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--"];
}

/** Gives all of a sandbox to that user. */
export function giveToOrdinaryUser({ root }: Sandbox): void {
  if (process.getuid?.() === 0) give(root);
}

function give(path: string): void {
  lchownSync(path, NOBODY, NOBODY);
  for (const entry of readdirSync(path, { withFileTypes: true }).filter((one) => one.name !== "served")) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) give(inner);
    else lchownSync(inner, NOBODY, NOBODY);
  }
}

/** Runs a program as that user to its end. */
export async function runAsOrdinaryUser(
  command: readonly string[],
  cwd: string,
): Promise<{ code: number | undefined; stderr: string }> {
  const [file = "", ...args] = [...asOrdinaryUser(), ...command];
  const { exitCode, stderr } = await execa(file, args, { cwd, reject: false });
  return { code: exitCode, stderr };
}
