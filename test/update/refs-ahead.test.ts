import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Installed skills of so many repositories with the same content, some of them at another name of the host. */
async function installed(count: number, hosts: readonly string[] = ["127.0.0.1"]) {
  const sandbox = use.sandbox();
  const served = (n: number) => join(sandbox.root, `served/r-${n}.git`);
  const first = await createRepository(served(0), { files: { "SKILL.md": skillText("x") } });
  for (let n = 1; n < count; n++) cpSync(served(0), served(n), { recursive: true });
  const remote = await use.remote(sandbox);
  const skills = Array.from({ length: count }, (_, n) => ({
    id: `s-${n}`,
    repo: `${remote.url.replace("127.0.0.1", hosts[n % hosts.length] ?? "")}/r-${n}.git`,
  }));
  sandbox.writeManifest(manifestOf(skills));
  expect((await sandbox.run(["apply", "--quiet"])).code).toBe(0);
  remote.latencyMs = 250;
  remote.traffic.reset();
  return { sandbox, remote, first };
}

it("outdated asks 16 repositories of a host at once, whatever the concurrency [R-UPDATE-15]", async () => {
  const { sandbox, remote } = await installed(20);
  const { stdout } = await sandbox.run(["outdated", "--json", "--concurrency", "1"]);
  expect(JSON.parse(stdout).skills.map(({ status }: { status: string }) => status)).toEqual(Array(20).fill("current"));
  expect(remote.traffic.count({ kind: "ls-refs" })).toBe(20);
  expect(remote.traffic.peakRequests).toBe(16);
});

it("update does so, too, and fetches what moved under the limit of the run [R-UPDATE-15]", async () => {
  const { sandbox, remote, first } = await installed(20);
  await first.commit({ files: { "SKILL.md": skillText("x", "Better.") } });
  const report = (await sandbox.run(["update", "--json", "--concurrency", "1"])).json() as {
    skills: { status: string }[];
  };
  expect(report.skills.map(({ status }) => status)).toEqual(["installed", ...Array(19).fill("unchanged")]);
  expect(remote.traffic.count({ kind: "ls-refs" })).toBeGreaterThanOrEqual(20);
  expect(remote.traffic.count({ kind: "ls-refs" })).toBeLessThanOrEqual(22);
  expect(remote.traffic.peakRequests).toBeGreaterThanOrEqual(15);
});

it("at most 32 repositories are asked at once [R-UPDATE-15]", async () => {
  const { sandbox, remote } = await installed(42, ["127.0.0.1", "localhost"]);
  expect((await sandbox.run(["outdated"])).code).toBe(0);
  expect(remote.traffic.peakRequests).toBeGreaterThan(20);
  expect(remote.traffic.peakRequests).toBeLessThanOrEqual(32);
});

it("a host that refuses is not asked for the rest in advance [R-UPDATE-15]", async () => {
  const { sandbox, remote } = await installed(20);
  remote.fail("*", { kind: "status", status: 429, retryAfterSeconds: 0 }, { times: 16 });
  const { stdout } = await sandbox.run(["outdated", "--json", "--concurrency", "4"]);
  expect(JSON.parse(stdout).skills.map(({ status }: { status: string }) => status)).toEqual(Array(20).fill("current"));
  expect(remote.traffic.count({ kind: "ls-refs" })).toBe(36);
});
