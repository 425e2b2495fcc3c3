// What a run costs beyond starting Node: nothing to do at 20 and at 1,000 skills, --version and --help, each against `node -e 0`.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createRepository } from "../test/helpers/git-repository.js";
import { manifestOf, skillText } from "../test/helpers/manifest-of.js";
import { createSandbox } from "../test/helpers/sandbox.js";
import { line, machine, ratios } from "./rounds.js";

const ROUNDS = 11;
const sandbox = createSandbox();

async function bareNode(): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, ["-e", "0"], { env: sandbox.environment(), stdio: "ignore" });
  await new Promise((resolve) => child.once("close", resolve));
  return performance.now() - began;
}

const run = (args: string[]) => async (): Promise<number> => {
  const result = await sandbox.run(args);
  if (result.code !== 0) throw new Error(result.stderr);
  return result.elapsedMs;
};

async function withSkills(count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, n) => `skill-${n}`);
  const files = Object.fromEntries(names.map((name) => [`${name}/SKILL.md`, skillText(name)]));
  const repository = await createRepository(join(sandbox.root, `served/${count}.git`), { files });
  sandbox.writeManifest(manifestOf(names.map((id) => ({ id, repo: `file://${repository.dir}`, subpath: id }))));
  await run(["apply", "--quiet"])();
}

try {
  console.log(machine());
  for (const [count, bar] of [
    [20, "≤ 1.5"],
    [1000, "≤ 2.5"],
  ] as const) {
    await withSkills(count);
    console.log(
      line(
        `apply, nothing to do, ${count} skills, against node -e 0`,
        await ratios(ROUNDS, run(["apply"]), bareNode),
        bar,
      ),
    );
  }
  console.log(line("--version against node -e 0", await ratios(ROUNDS, run(["--version"]), bareNode), "≤ 1.3"));
  console.log(line("--help against node -e 0", await ratios(ROUNDS, run(["--help"]), bareNode), "≤ 4.0"));
} finally {
  await sandbox.dispose();
}
