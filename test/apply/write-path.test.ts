import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../helpers/cli-process.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import type { Sandbox } from "../helpers/sandbox.js";
import { strace } from "../helpers/strace.js";
import { readTree } from "../helpers/tree.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const SHIM = fileURLToPath(new URL("../helpers/failing.cjs", import.meta.url));

/** What the program asks of other threads while it fills the store and installs. */
const CALLS = ["open", "mkdir", "fsync", "rename", "symlink"];
const IDS = ["a", "b", "c", "d"];

interface Fault {
  errno: string;
  /** The number of the call, counted from 1. */
  from: number;
  calls?: readonly string[];
  /** Only that call fails. */
  only?: boolean;
  below: string;
}

async function runWith(sandbox: Sandbox, { calls = CALLS, only = true, ...fault }: Fault): Promise<RunResult> {
  const env = { NODE_OPTIONS: `--require ${SHIM}`, EDEN_TEST_FAILING: JSON.stringify({ ...fault, calls, only }) };
  return await sandbox.spawn(["apply", "--json"], { env }).finished;
}

/** Skills of many files in several directories, half of them linked and half copied. */
async function setUp(): Promise<Sandbox> {
  const sandbox = use.sandbox();
  const parts = Array.from({ length: 12 }, (_, n) => n);
  const files = Object.fromEntries(
    IDS.flatMap((id) => [
      [`${id}/SKILL.md`, skillText(id)],
      ...parts.map((n) => [`${id}/deep/${n % 3}/part-${n}.md`, `${id} ${n}\n`.repeat(300)]),
    ]),
  );
  const { dir } = await createRepository(join(sandbox.root, "served/r.git"), { files });
  const modes = { a: "symlink", b: "copy", c: "symlink", d: "copy" } as const;
  sandbox.writeManifest(
    manifestOf(IDS.map((id) => ({ id, repo: `file://${dir}`, subpath: id, mode: modes[id as keyof typeof modes] }))),
  );
  return sandbox;
}

/** The run after a fault needs no help, and everything is whole then. */
async function expectWhole(sandbox: Sandbox, what: string): Promise<void> {
  const skills = join(sandbox.home, ".claude/skills");
  const after = await sandbox.run(["apply", "--json"]);
  expect(after.code, `${what}: ${after.stdout}`).toBe(0);
  expect([what, readdirSync(skills), readdirSync(join(sandbox.storage, "staging"))]).toEqual([what, IDS, []]);
  for (const id of IDS) {
    expect([what, id, (await readTree(join(skills, id))).length]).toEqual([what, id, 13]);
  }
  expect((await sandbox.run(["doctor", "--json", "--no-warning"])).json().findings, what).toEqual([]);
  expect((await sandbox.run(["apply", "--frozen"])).code, what).toBe(0);
}

describe("a kill while many files are being written", () => {
  it.each([1, 5, 23, 60, 75, 120])(
    "at call %i: the store has whole entries or none, and the next run completes them [R-STORE-02] [R-INSTALL-09] [R-FAULT-01]",
    async (from) => {
      const sandbox = await setUp();
      const killed = await runWith(sandbox, { below: sandbox.root, errno: "SIGKILL", from });
      expect(killed.signal).toBe("SIGKILL");
      await expectWhole(sandbox, `killed at call ${from}`);
    },
  );
});

describe("an error of the file system while many files are being written", () => {
  it.each([
    ["EMFILE", "open", 3],
    ["ENFILE", "open", 30],
    ["EMFILE", "mkdir", 2],
  ])("is retried when descriptors are missing: %s of %s [R-REACTOR-20]", async (errno, call, from) => {
    const sandbox = await setUp();
    const result = await runWith(sandbox, { below: sandbox.storage, errno, from, calls: [call] });
    expect(result.code, result.stdout).toBe(0);
    expect(result.json().metrics.requeued).toBe(1);
    await expectWhole(sandbox, `${errno} of ${call}`);
  });

  it.each([
    ["ENOSPC", "open", 20, "DISK_FULL"],
    ["EDQUOT", "fsync", 8, "DISK_FULL"],
    ["ENOSPC", "mkdir", 3, "DISK_FULL"],
    ["EACCES", "rename", 1, "PERMISSION_DENIED"],
    ["EIO", "fsync", 60, "FILE_FAILED"],
  ])("fails the skills with its code and path, and leaves nothing behind: %s of %s [R-STORE-18]", async (...fault) => {
    const [errno, call, from, code] = fault;
    const sandbox = await setUp();
    const below = join(sandbox.storage, "staging");
    const result = await runWith(sandbox, { below, errno, from, calls: [call], only: false });
    expect(result.code, result.stdout).toBe(1);
    for (const { diagnostics } of result.json().skills)
      expect(diagnostics).toMatchObject([{ code, message: expect.stringContaining(sandbox.storage) as string }]);
    expect(readdirSync(below)).toEqual([]);
    await expectWhole(sandbox, `${errno} of ${call}`);
  });
});

/** A call of one thread: its text, and the lines of the log at which it began and ended. */
interface Call {
  thread: string;
  text: string;
  began: number;
  ended: number;
}

function callsIn(log: string): Call[] {
  const calls: Call[] = [];
  const open = new Map<string, Call>();
  for (const [at, line] of readFileSync(log, "utf8").split("\n").entries()) {
    const { thread = "", text = "" } = /^(?<thread>\d+) +(?<text>.*)$/u.exec(line)?.groups ?? {};
    const before = open.get(thread);
    if (text.startsWith("<...") && before !== undefined) before.ended = at;
    if (text.startsWith("<...")) continue;
    const call = { thread, text, began: at, ended: text.includes("<unfinished") ? Number.POSITIVE_INFINITY : at };
    open.set(thread, call);
    calls.push(call);
  }
  return calls;
}

describe.runIf(strace.isAvailable())("the order of writes", () => {
  it("is every file and directory to the disk, then the rename, then the marker, and the main thread waits for none of it [R-STORE-02] [R-STORE-19] [R-STORE-20] [R-FAULT-08]", async () => {
    const sandbox = await setUp();
    const log = join(sandbox.tmp, "calls");
    const what = "trace=openat,mkdir,rename,fsync,fdatasync,symlink";
    const wrap = ["strace", "-f", "-y", "-qq", "-s", "4096", "-o", log, "-e", what];
    expect((await sandbox.run(["apply"], { wrap })).code).toBe(0);
    const calls = callsIn(log);
    const main = calls[0]?.thread;
    const one = (pattern: RegExp): Call => {
      const found = calls.filter(({ text }) => pattern.test(text));
      expect([String(pattern), found.length]).toEqual([String(pattern), 1]);
      return found[0] as Call;
    };
    const trees = readdirSync(join(sandbox.storage, "store")).filter((name) => !name.includes("."));
    expect(trees).toHaveLength(IDS.length);
    for (const tree of trees) {
      const published = one(new RegExp(`^rename\\("[^"]*/staging/[^"]*", "[^"]*/store/${tree}/[a-d]"\\)?`, "u"));
      const staged = /"(?<path>[^"]*)"/u.exec(published.text)?.groups?.["path"] ?? "";
      const synced = calls.filter(({ text }) => text.startsWith("fsync") && text.includes(`<${staged}`));
      // 13 files, `deep` with three directories, and the entry itself.
      expect(synced).toHaveLength(13 + 4 + 1);
      expect(Math.max(...synced.map(({ ended }) => ended))).toBeLessThan(published.began);
      const parent = one(new RegExp(`^fsync\\(\\d+<[^>]*/store/${tree}>`, "u"));
      const marked = one(new RegExp(`^rename\\("[^"]*", "[^"]*/store/${tree}\\.json"`, "u"));
      expect([published.ended < parent.began, parent.ended < marked.began]).toEqual([true, true]);
    }
    const linked = Math.min(...calls.filter(({ text }) => text.startsWith("symlink")).map(({ began }) => began));
    const flushes = calls.filter(({ text }) => /^fsync\(\d+<[^>]*\/store>/u.test(text));
    for (const tree of trees) {
      const marked = one(new RegExp(`^rename\\("[^"]*", "[^"]*/store/${tree}\\.json"`, "u"));
      expect(flushes.some(({ began, ended }) => marked.ended < began && ended < linked)).toBe(true);
    }
    const creates = /O_CREAT|^(?:mkdir|rename|fsync|symlink)/u;
    const waits = calls.filter(({ thread, text }) => thread === main && creates.test(text));
    expect(waits.filter(({ text }) => /\/staging\/[^/"]+\/\d|\/store\/|\/proc\/self\/fd\//u.test(text))).toEqual([]);
  });
});
