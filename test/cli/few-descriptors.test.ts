import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const HIGHEST = 64;
/** How many limits above the lowest are tried one by one; the long form tries all. */
const ONE_BY_ONE = process.env["EDEN_FAULTS"] === "all" ? HIGHEST : 4;

it.runIf(process.platform === "linux")(
  "from the lowest limit of open files at which the program starts, each run succeeds or is one error with its next step [R-FAULT-13]",
  async () => {
    const sandbox = use.sandbox();
    const { dir } = await createRepository(join(sandbox.root, "r.git"), { files: { "SKILL.md": skillText("x") } });
    sandbox.writeManifest(manifestOf([{ id: "x", repo: `file://${dir}` }]));
    const run = async (limit: number, args: string[]) =>
      await sandbox.run(args, { wrap: ["prlimit", `--nofile=${limit}:${limit}`, "--"] });
    let lowest = 14;
    while ((await run(lowest, ["--version"])).code !== 0) {
      lowest += 1;
      expect(lowest).toBeLessThan(HIGHEST);
    }
    const problems: string[] = [];
    let failed = 0;
    for (let limit = lowest; limit <= HIGHEST; limit += limit < lowest + ONE_BY_ONE ? 1 : 11) {
      for (const args of [["--version"], ["list"], ["plan", "--json"], ["apply"], ["apply", "--json"]]) {
        rmSync(join(sandbox.home, ".claude"), { recursive: true, force: true });
        const { code, stdout, stderr } = await run(limit, args);
        const text = stdout + stderr;
        const isJson = !args.includes("--json") || /^[[{][^]*[\]}]\n$/u.test(stdout);
        const isNamed = text.includes("DESCRIPTORS_EXHAUSTED") && text.includes("ulimit -n");
        if (code === 1) failed += 1;
        const isOrderly = code === 0 || (code === 1 && isNamed);
        if (!isOrderly || !isJson || /\n {4}at |INTERNAL|Error: /u.test(text))
          problems.push(`${args.join(" ")} with ${limit}: exit code ${code}: ${text.slice(0, 500)}`);
      }
    }
    expect(problems).toEqual([]);
    expect(failed).toBeGreaterThan(0);
  },
  300_000,
);
