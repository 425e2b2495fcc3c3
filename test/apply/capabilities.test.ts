import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const FIELD = /^capabilities = "(1:sha256-[A-Za-z0-9+/]{43}=)"\n/gmu;

/** Two applied skills; `agents` of a second manifest. */
async function setUp() {
  const sandbox = use.sandbox();
  const served = (name: string) => join(sandbox.root, `${name}.git`);
  const [one] = await Promise.all(
    ["one", "two"].map((name) => createRepository(served(name), { files: { "SKILL.md": skillText(name) } })),
  );
  if (one === undefined) throw new Error("no repository");
  const write = (extra?: string) =>
    sandbox.writeManifest(
      manifestOf(["one", "two"].map((id) => ({ id, repo: served(id), ...(id === "one" && extra ? { extra } : {}) }))),
    );
  write();
  const applied = await sandbox.run(["apply"]);
  expect(applied.code, applied.stderr).toBe(0);
  const lock = () => readFileSync(sandbox.lockfilePath, "utf8");
  const without = () => writeFileSync(sandbox.lockfilePath, lock().replaceAll(FIELD, ""));
  const values = () => [...lock().matchAll(FIELD)].map(([, value]) => value);
  return { sandbox, one, write, lock, without, values };
}

it("an entry has the hash of its capabilities, which changes when they do and only then [R-LOCK-13]", async () => {
  const { sandbox, one, values } = await setUp();
  const [first, second] = values();
  expect([first, values().length]).toEqual([second, 2]);
  await one.commit({ files: { "SKILL.md": skillText("one", "Other words.") } });
  expect((await sandbox.run(["update"])).code).toBe(0);
  expect(values()).toEqual([first, second]);
  await one.commit({ files: { "SKILL.md": skillText("one", "Ask https://b.example"), "run.sh": "date\n" } });
  const updated = await sandbox.run(["update"]);
  expect(updated.stdout).toMatch(/^~ one .*\n {4}gains host: b\.example, script: run\.sh \(sh\)\n/mu);
  expect(values()[0]).not.toBe(first);
  expect(values()[1]).toBe(second);
});

it("a lockfile without the field is valid: it stays as it is until an entry changes [R-LOCK-13]", async () => {
  const { sandbox, write, lock, without, values } = await setUp();
  const all = lock();
  without();
  const old = lock();
  for (const args of [["apply"], ["apply", "--frozen"], ["warm"], ["apply", "--offline"]]) {
    const result = await sandbox.run(args);
    expect([args, result.code, lock()], result.stderr).toEqual([args, 0, old]);
  }
  write('mode = "copy"');
  write("enabled = false");
  expect((await sandbox.run(["apply"])).code).toBe(0);
  expect(values()).toHaveLength(1);
  write();
  expect((await sandbox.run(["apply"])).code).toBe(0);
  expect(lock()).toBe(all.replace(/^capabilities(?![\s\S]*^capabilities).*\n/mu, ""));
});

it("a lockfile that hides a capability is not audited as true [R-AUDIT-43]", async () => {
  const { sandbox, one, lock, values } = await setUp();
  const [before = ""] = values();
  await one.commit({ files: { "SKILL.md": skillText("one"), "run.sh": "date\n" } });
  await sandbox.run(["update"]);
  expect((await sandbox.run(["audit"])).code).toBe(0);
  const [after = ""] = values();
  writeFileSync(sandbox.lockfilePath, lock().replace(after, before));
  const hidden = await sandbox.run(["audit", "--json"]);
  expect([hidden.code, hidden.json().not_audited]).toEqual([
    1,
    [{ skill_id: "one", reason: "the lockfile records other capabilities than its content has" }],
  ]);
  // Other rules find other capabilities.
  writeFileSync(sandbox.lockfilePath, lock().replaceAll('"1:sha256', '"2:sha256'));
  expect((await sandbox.run(["audit"])).code).toBe(0);
  writeFileSync(sandbox.lockfilePath, lock().replaceAll('"2:sha256', '"sha256'));
  expect((await sandbox.run(["apply", "--frozen"])).code).toBe(3);
});

it("show lists what a skill can do [R-SHOW-10]", async () => {
  const { sandbox, one } = await setUp();
  await one.commit({ files: { "run.sh": "curl https://b.example\n" } });
  await sandbox.run(["update"]);
  const capabilities = ["host: b.example", "script: run.sh (sh)"];
  expect((await sandbox.run(["show", "one", "--json"])).json().skill.capabilities).toEqual(capabilities);
  const shown = await sandbox.run(["show", "one"]);
  expect(shown.stdout).toContain(
    "\n  2 capabilities, as far as its files say\n    host: b.example\n    script: run.sh (sh)\n",
  );
  expect((await sandbox.run(["show", "two"])).stdout).toContain("\n  0 capabilities\n");
});

it("the store knows the hash; a marker of another edition is not believed [R-LOCK-13]", async () => {
  const { sandbox, lock, values } = await setUp();
  const [hash, all] = [values()[0], lock()];
  const store = join(sandbox.storage, "store");
  const markers = readdirSync(store).filter((name) => name.endsWith(".json"));
  expect(markers).toHaveLength(2);
  for (const change of [{}, { capabilities: undefined }, { capabilities: "2:sha256-x" }]) {
    for (const name of markers) {
      const marker = JSON.parse(readFileSync(join(store, name), "utf8"));
      expect(marker.capabilities ?? hash).toBe(hash);
      writeFileSync(join(store, name), JSON.stringify({ ...marker, ...change }));
    }
    rmSync(sandbox.lockfilePath);
    expect((await sandbox.run(["apply"])).code).toBe(0);
    expect(lock()).toBe(all);
    for (const name of markers) {
      const marker = JSON.parse(readFileSync(join(store, name), "utf8"));
      writeFileSync(join(store, name), JSON.stringify({ ...marker, capabilities: hash }));
    }
  }
});
