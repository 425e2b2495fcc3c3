import { readFileSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { SkillReactor } from "../../src/index.js";
import { nameOfPath } from "../../src/system/path-name.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const IDS = ["alpha", "beta", "gamma"];

/** Three skills installed by links into one directory, of which upstream has a newer version. */
async function setUp() {
  const sandbox = use.sandbox();
  const files = (body: string) => Object.fromEntries(IDS.map((id) => [`${id}/SKILL.md`, skillText(id, body)]));
  const repository = await createRepository(join(sandbox.root, "served/r.git"), { files: files("old") });
  const remote = await use.remote(sandbox);
  sandbox.writeManifest(manifestOf(IDS.map((id) => ({ id, repo: `${remote.url}/r.git`, subpath: id }))));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  await repository.commit({ files: files("new") });
  const host = { env: sandbox.environment(), home: sandbox.home, cwd: sandbox.project };
  const links = () => IDS.map((id) => readlinkSync(join(sandbox.home, ".claude/skills", id)));
  const recorded = (): string[][] => {
    const directory = join(sandbox.storage, "state");
    const name = readdirSync(directory).find((file) => file.endsWith(".json")) ?? "";
    const { targets } = JSON.parse(readFileSync(join(directory, name), "utf8"));
    return Object.values<{ links: string[] }>(targets).map((target) => target.links);
  };
  return { sandbox, host, links, recorded };
}

it("the state lists old and new content before the first target changes, and only the new one after [R-INSTALL-12]", async () => {
  const { host, links, recorded } = await setUp();
  const before = links();
  const reactor = new SkillReactor({ host });
  let during: string[][] = [];
  reactor.on((event) => {
    if (event.type === "target-ended" && during.length === 0) during = recorded();
  });
  expect((await reactor.update()).outcome).toBe("ok");
  const after = links();
  expect(during.flat().toSorted()).toEqual([...before, ...after].toSorted());
  expect(recorded().flat().toSorted()).toEqual(after.toSorted());
});

it("cancelled, the target in progress is finished and the others stay as they were [R-INSTALL-10]", async () => {
  const { host, links } = await setUp();
  const before = links();
  const controller = new AbortController();
  const reactor = new SkillReactor({ host, signal: controller.signal });
  reactor.on((event) => {
    if (event.type === "target-ended") controller.abort(new Error("enough"));
  });
  const report = await reactor.update();
  expect(report.outcome).toBe("cancelled");
  expect(report.skills.map(({ targets }) => targets[0]?.status)).toEqual(["done", "cancelled", "cancelled"]);
  const after = links();
  expect(after[0]).not.toBe(before[0]);
  expect(after.slice(1)).toEqual(before.slice(1));
});

it("a missing descriptor at the lock of a directory is retried, too [R-REACTOR-20]", async () => {
  const { sandbox, links } = await setUp();
  const shim = fileURLToPath(new URL("../helpers/failing.cjs", import.meta.url));
  const directory = realpathSync(join(sandbox.home, ".claude/skills"));
  const lock = join(sandbox.storage, `locks/target-${nameOfPath(directory)}.lock`);
  const fault = { below: lock, calls: ["openSync", "lstatSync", "statSync"], errno: "EMFILE", from: 1 };
  const before = links();
  const { code, stdout } = await sandbox.run(["update", "--json"], {
    env: { NODE_OPTIONS: `--require ${shim}`, EDEN_TEST_FAILING: JSON.stringify({ ...fault, only: true }) },
  });
  expect(code, stdout).toBe(0);
  expect(links()).not.toEqual(before);
  expect(JSON.parse(stdout).concurrency.adjustments).toMatchObject([{ governor: "descriptors" }]);
});
