import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const SHIM = fileURLToPath(new URL("../helpers/loaded.cjs", import.meta.url));

interface Loaded {
  event: "start" | "end";
  args: string[];
  node: string[];
  chunks: string[];
}

it("the first fetch waits for git alone, and not for code [R-CLI-28]", async () => {
  const sandbox = use.sandbox();
  const repository = await createRepository(join(sandbox.root, "r.git"), { files: { "SKILL.md": skillText("one") } });
  sandbox.writeManifest(manifestOf([{ id: "one", repo: `file://${repository.dir}` }]));
  const [bin, seen] = [join(sandbox.root, "bin"), join(sandbox.root, "seen")];
  const { PATH = "" } = sandbox.environment();
  mkdirSync(bin);
  writeFileSync(join(bin, "git"), `#!/bin/sh\n[ "$1" = version ] && sleep 0.3\nPATH=${PATH} exec git "$@"\n`);
  chmodSync(join(bin, "git"), 0o755);
  const env = { PATH: `${bin}:${PATH}`, NODE_OPTIONS: `--require=${SHIM}`, EDEN_TEST_LOADED: seen };
  expect(await sandbox.run(["apply"], { env })).toMatchObject({ code: 0 });

  const lines = readFileSync(seen, "utf8").trim().split("\n");
  const events = lines.map((line) => JSON.parse(line) as Loaded);
  const version = events.find(({ event, args }) => event === "end" && args.includes("version"));
  const fetch = events.find(({ event, args }) => event === "start" && args.includes("fetch"));
  const hasExeca = (names?: string[]) => names?.some((name) => name.startsWith("execa-"));
  expect(hasExeca(version?.chunks)).toBe(true);
  expect(events.slice(0, 2).map(({ event }) => event)).toEqual(["start", "start"]);
  expect(hasExeca(events[0]?.chunks)).toBe(false);
  const loaded = (name: string) => fetch?.node.includes(`NativeModule ${name}`);
  expect(loaded("child_process")).toBe(true);
  expect(loaded("dns")).toBe(false);
  expect(loaded("http")).toBe(false);
});
