import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands/all.js";
import { completionsOf } from "../../src/cli/line/completion.js";
import { manifestOf } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const own = () => ({
  skillIds: async () => ["pdf-forms", "web-design", "web-search"],
  agentIds: async () => ["claude-code", "cursor", "custom:"],
  groupNames: async () => ["backend", "frontend"],
  registryNames: async () => ["official", "own"],
});
/** As a shell asks and shows it: only what goes on as the last word begins. */
async function complete(...typed: string[]): Promise<string[]> {
  const words = await completionsOf(["--get-yargs-completions", "eden-skills", ...typed], COMMANDS, own);
  return words.filter((word) => word.startsWith(typed.at(-1) ?? "")).toSorted();
}

describe("the words that may stand at the cursor [R-CLI-22]", () => {
  it.each([
    [["ap"], ["apply"]],
    [["up"], ["update"]],
    [
      ["apply", "web"],
      ["web-design", "web-search"],
    ],
    [["apply", "web-design", "web"], ["web-search"]],
    [
      ["apply", ""],
      ["pdf-forms", "web-design", "web-search"],
    ],
    [
      ["warm", "--batch"],
      ["--batch-pause", "--batch-size"],
    ],
    [["apply", "--at"], ["--atomic"]],
    [["list", "--y"], ["--yes"]],
    [["apply", "--concurrency", ""], ["auto"]],
    [
      ["list", "--color", "a"],
      ["always", "auto"],
    ],
    [["apply", "--timeout", ""], []],
    [["apply", "--report", ""], []],
    [["--config", "x"], []],
    [
      ["schema", "l"],
      ["list", "lockfile"],
    ],
    [
      ["completion", ""],
      ["bash", "fish", "zsh"],
    ],
    [["apply", "--group", "f"], ["frontend"]],
    [["apply", "--group", "frontend", "b"], ["backend"]],
    [["list", "--gr"], ["--group"]],
    [["list", "x"], []],
    [["list", ""], []],
    [["rollback", ""], []],
    [["loc"], ["lock"]],
    [
      ["lock", ""],
      ["export", "merge", "sign", "verify"],
    ],
    [["lock", "merge", "--inst"], ["--install"]],
    [["lock", "merge", ""], []],
    [
      ["config", ""],
      ["compact", "export", "import"],
    ],
    [["config", "import", "--from", ""], []],
    [["import", ""], []],
    [["search", ""], []],
    [["reg"], ["registry"]],
    [["registry", ""], ["update"]],
    [["registry", "update", "of"], ["official"]],
    [["update", "web-d"], ["web-design"]],
    [["show", "web-d"], ["web-design"]],
    [["show", "web-design", "web"], []],
    [["why", "pdf"], ["pdf-forms"]],
    [["agents", "cl"], ["claude-code"]],
    [["nonsense", "we"], []],
    [["set", "web-d"], ["web-design"]],
    [["set", "web-design", "--mode", "c"], ["copy"]],
    [
      ["set", "x", "--target", "c"],
      ["claude-code", "cursor", "custom:"],
    ],
    [
      ["set", "x", "-a", "cu"],
      ["cursor", "custom:"],
    ],
    [["set", "x", "--target", "cursor", "cl"], ["claude-code"]],
    [
      ["set", "x", "--target", "cursor", "--re"],
      ["--ref", "--repo"],
    ],
    [["-"], expect.arrayContaining(["--config", "--json"])],
  ])("%j", async (typed, expected) => {
    expect(await complete(...typed)).toEqual(expected);
  });
});

/** A directory for PATH in which `eden-skills` is the built program. */
function installed(sandbox: Sandbox): string {
  const bin = join(sandbox.root, "bin");
  mkdirSync(bin);
  const program = fileURLToPath(new URL("../../dist/main.cjs", import.meta.url));
  writeFileSync(join(bin, "eden-skills"), `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(join(bin, "eden-skills"), 0o755);
  return bin;
}

describe("completion [R-CLI-22]", () => {
  it("completes in a real bash: commands, options, the ids of the manifest; bash itself adds files", async () => {
    const sandbox = use.sandbox();
    sandbox.writeManifest(manifestOf(["alpha", "beta"].map((id) => ({ id, repo: "https://example.invalid/r.git" }))));
    const bin = installed(sandbox);
    const script = (await sandbox.run(["completion", "bash"])).stdout;
    const typed = (line: string) => {
      const words = line.split(" ");
      const text = `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _eden-skills_yargs_completions; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const env = sandbox.environment({ PATH: `${bin}:${process.env["PATH"]}` });
      const output = execFileSync("bash", ["--norc", "-c", text], { cwd: sandbox.project, env, encoding: "utf8" });
      return output.split("\n").filter((word) => word !== "");
    };
    expect(typed("eden-skills ou")).toEqual(["outdated"]);
    expect(typed("eden-skills apply ")).toEqual(["alpha", "beta"]);
    expect(typed("eden-skills apply alpha --froz")).toEqual(["--frozen"]);
    expect(script).toContain("complete -o bashdefault -o default");
    expect(typed("eden-skills list ")).toEqual([]);
    sandbox.writeManifest(
      'version = 1\n[agents.zmine]\nglobal = "~/.mine"\n[[skills]]\nid = "a"\nsource = "a/b"\ntargets = ["zmine"]\ngroups = ["docs"]\n',
    );
    expect(typed("eden-skills apply --group ")).toEqual(["docs"]);
    expect(typed("eden-skills set a --target zm")).toEqual(["zmine"]);
    sandbox.writeManifest("version =");
    expect(typed("eden-skills set a --target claude-c")).toEqual(["claude-code"]);
    expect(typed("eden-skills apply ")).toEqual([]);
  });

  it.each(["bash", "fish", "zsh"])(
    "prints a script for %s, and names the shells it knows for another",
    async (shell) => {
      const sandbox = use.sandbox();
      const result = await sandbox.run(["completion", shell]);
      expect([result.code, result.stdout.includes(`SHELL=${shell} eden-skills --get-yargs-completions`)]).toEqual([
        0,
        true,
      ]);
      const other = await sandbox.run(["completion", "tcsh"]);
      expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('none of "bash", "fish", "zsh"')]);
    },
  );
});
