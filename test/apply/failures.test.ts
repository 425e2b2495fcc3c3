import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

describe("sources that fail", () => {
  it("leave the others alone: two of five installed, three diagnostics with stage and code, exit 1 [R-REACTOR-05]", async () => {
    const sandbox = use.sandbox();
    for (const name of ["one", "two", "three", "four"]) {
      await createRepository(join(sandbox.root, "served", `${name}.git`), {
        files: { "skill/SKILL.md": skillText(name) },
      });
    }
    const remote = await use.remote(sandbox);
    const of = (name: string) => `${remote.url}/${name}.git`;
    sandbox.writeManifest(
      manifestOf([
        { id: "good-1", repo: of("one"), subpath: "skill" },
        { id: "unreachable", repo: "http://127.0.0.1:1/x.git", subpath: "skill" },
        { id: "no-ref", repo: of("two"), ref: "v9", subpath: "skill" },
        { id: "no-subpath", repo: of("three"), subpath: "skills/other" },
        { id: "good-2", repo: of("four"), subpath: "skill" },
      ]),
    );
    const result = await sandbox.run(["apply", "--json", "--retries", "0"]);
    expect(result.code).toBe(1);
    const report = result.json();
    expect(report.outcome).toBe("failed");
    const told = report.skills.map((skill: any) => [
      skill.id,
      skill.status,
      skill.diagnostics.map(({ stage, code }: any) => `${stage} ${code}`),
    ]);
    expect(told).toEqual([
      ["good-1", "installed", []],
      ["unreachable", "failed", ["fetch FETCH_NETWORK"]],
      ["no-ref", "failed", ["resolve REF_NOT_FOUND"]],
      ["no-subpath", "failed", ["resolve SUBPATH_NOT_FOUND"]],
      ["good-2", "installed", []],
    ]);
    for (const id of ["good-1", "good-2"])
      expect(existsSync(join(sandbox.home, ".claude/skills", id, "SKILL.md"))).toBe(true);
    for (const id of ["unreachable", "no-ref", "no-subpath"])
      expect(existsSync(join(sandbox.home, ".claude/skills", id))).toBe(false);
  });

  it("are all attempted, and exit 1, when every one of them fails [R-REACTOR-05]", async () => {
    const sandbox = use.sandbox();
    sandbox.writeManifest(manifestOf([1, 2, 3].map((n) => ({ id: `s${n}`, repo: `http://127.0.0.1:${n}/x.git` }))));
    const result = await sandbox.run(["apply", "--retries", "0"]);
    expect(result.code).toBe(1);
    expect(result.stdout.match(/ FETCH_NETWORK$/gmu)).toHaveLength(3);
    expect(result.stdout).toMatch(/\n0 of 3 skills installed, 3 failed; .* s\n$/u);
    expect(result.stdout).toMatch(/^ {2}hint: /mu);
  });

  it("install nothing at all under --atomic: what had synced is cancelled [R-INSTALL-07]", async () => {
    const sandbox = use.sandbox();
    await createRepository(join(sandbox.root, "served", "one.git"), { files: { "SKILL.md": skillText("one") } });
    const remote = await use.remote(sandbox);
    sandbox.writeManifest(
      manifestOf([
        { id: "one", repo: `${remote.url}/one.git` },
        { id: "gone", repo: `${remote.url}/gone.git` },
      ]),
    );
    const result = await sandbox.run(["apply", "--json", "--atomic"]);
    expect(result.code).toBe(1);
    expect(result.json().skills.map((skill: any) => skill.status)).toEqual(["cancelled", "failed"]);
    expect(result.json().skills[0].targets[0].reasons).toEqual(["--atomic: another source failed"]);
    expect(result.json().phases.install).toBeNull();
    expect(existsSync(join(sandbox.home, ".claude"))).toBe(false);
    expect(existsSync(sandbox.lockfilePath)).toBe(false);
  });

  const answers: [string, number, string, string][] = [
    ["401", 401, "FETCH_AUTH", "fetch"],
    ["403", 403, "FETCH_AUTH", "fetch"],
    ["404", 404, "FETCH_NOT_FOUND", "fetch"],
    ["500", 500, "FETCH_NETWORK", "fetch"],
    ["503", 503, "FETCH_NETWORK", "fetch"],
  ];
  for (const [name, status, code, stage] of answers) {
    it(`tell a server's ${name} as ${code}, without a prompt [R-GIT-02] [R-GIT-05] [R-FAULT-19] [R-FAULT-21]`, async () => {
      const sandbox = use.sandbox();
      await createRepository(join(sandbox.root, "served", "one.git"), { files: { "SKILL.md": skillText("one") } });
      const remote = await use.remote(sandbox);
      remote.fail("one.git", { kind: "status", status });
      sandbox.writeManifest(manifestOf([{ id: "one", repo: `${remote.url}/one.git` }]));
      const result = await sandbox.run(["apply", "--json", "--retries", "0"]);
      expect(result.code).toBe(1);
      expect(result.json().skills[0].diagnostics[0]).toMatchObject({ code, stage, severity: "error" });
    });
  }

  it("are tried again when the failure may pass, at most as often as --retries says [R-REACTOR-07] [R-FAULT-19]", async () => {
    const sandbox = use.sandbox();
    await createRepository(join(sandbox.root, "served", "one.git"), { files: { "SKILL.md": skillText("one") } });
    const remote = await use.remote(sandbox);
    sandbox.writeManifest(manifestOf([{ id: "one", repo: `${remote.url}/one.git` }]));
    remote.fail("one.git", { kind: "status", status: 502 }, { times: 2 });
    const result = await sandbox.run(["apply", "--json", "--retries", "2"]);
    expect(result.code, result.stdout).toBe(0);
    expect(result.json().skills[0].sync.attempts).toBe(3);
    expect(result.json().metrics.retried).toBe(2);
    remote.fail("one.git", { kind: "status", status: 502 });
    sandbox.writeManifest(manifestOf([{ id: "one", repo: `${remote.url}/one.git`, ref: "main" }]));
    const failed = await sandbox.run(["apply", "--json", "--retries", "1"]);
    expect(failed.code).toBe(1);
    expect(failed.json().skills[0].sync.attempts).toBe(2);
  });

  it("end at the timeout, and leave no git process behind [R-REACTOR-09] [R-SYSTEM-03] [R-FAULT-15]", async () => {
    const sandbox = use.sandbox();
    await createRepository(join(sandbox.root, "served", "one.git"), { files: { "SKILL.md": skillText("one") } });
    const remote = await use.remote(sandbox);
    remote.fail("one.git", { kind: "stall" });
    sandbox.writeManifest(manifestOf([{ id: "one", repo: `${remote.url}/one.git` }]));
    const result = await sandbox.run(["apply", "--json", "--timeout", "500ms", "--retries", "0"]);
    expect(result.code).toBe(1);
    expect(result.json().skills[0].diagnostics[0].code).toBe("FETCH_TIMEOUT");
    expect(result.elapsedMs).toBeLessThan(4000);
    sandbox.writeManifest(
      manifestOf([{ id: "one", repo: `${remote.url}/one.git` }], '[reactor]\nstall_timeout = "400ms"'),
    );
    const stalled = await sandbox.run(["apply", "--json", "--retries", "0"]);
    expect(stalled.json().skills[0].diagnostics[0].code).toBe("FETCH_STALLED");
  });

  it("break the budgets: outcome breached, the rest cancelled, what had synced installed [R-REACTOR-11]", async () => {
    const sandbox = use.sandbox();
    await createRepository(join(sandbox.root, "served", "one.git"), { files: { "SKILL.md": skillText("one") } });
    await createRepository(join(sandbox.root, "served", "slow.git"), { files: { "SKILL.md": skillText("slow") } });
    const remote = await use.remote(sandbox);
    remote.fail("slow.git", { kind: "stall" });
    sandbox.writeManifest(
      manifestOf([
        { id: "one", repo: `${remote.url}/one.git` },
        { id: "slow", repo: `${remote.url}/slow.git` },
      ]),
    );
    const result = await sandbox.run(["apply", "--json", "--deadline", "1500ms"]);
    expect(result.code).toBe(1);
    const report = result.json();
    expect(report.outcome).toBe("breached");
    expect(report.breach).toMatchObject({ budget: "deadline", limit: 1500 });
    expect(report.skills.map((skill: any) => skill.status)).toEqual(["installed", "cancelled"]);
    sandbox.writeManifest(manifestOf([1, 2, 3].map((n) => ({ id: `s${n}`, repo: `http://127.0.0.1:${n}/x.git` }))));
    const failures = await sandbox.run([
      "apply",
      "--json",
      "--max-failures",
      "1",
      "--retries",
      "0",
      "--concurrency",
      "1",
    ]);
    expect(failures.json().breach).toMatchObject({ budget: "failures", limit: 1, observed: 2 });
    expect(
      failures
        .json()
        .skills.map((skill: any) => skill.status)
        .slice(0, 3),
    ).toEqual(["failed", "failed", "cancelled"]);
  });
});
