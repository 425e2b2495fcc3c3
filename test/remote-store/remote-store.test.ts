import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeFleet, pushAll } from "../helpers/fleet.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { tarball } from "../helpers/packed.js";
import { registryAvailable, startRegistry, type OciRegistry } from "../helpers/oci-registry.js";
import { startRegistryProxy, type RegistryProxy } from "../helpers/registry-proxy.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const FILES = {
  "run.sh": { content: "#!/bin/sh\n", executable: true },
  link: { symlink: "SKILL.md" },
  "deep/er/text.txt": "text\n".repeat(100),
};

const codes = ({ diagnostics }: any) => diagnostics.map(({ code }: any) => code);
const origins = ({ skills }: any) => skills.map(({ sync }: any) => sync.from_remote_store ?? false);

describe.runIf(registryAvailable())("a store for a fleet", () => {
  let registry: OciRegistry;
  let proxy: RegistryProxy;
  let next = 0;
  const repository = () => `fleet/skills-${next}`;
  const address = () => `oci://${proxy.host}/${repository()}`;

  beforeAll(async () => {
    registry = await startRegistry();
    proxy = await startRegistryProxy(registry.host);
  });
  afterAll(async () => {
    await proxy.close();
    await registry.close();
  });
  beforeEach(() => {
    next++;
    Object.assign(proxy, { intercept: null, alter: null, log: [] });
  });

  it("gives cold machines every locked skill, and the git server is not asked [R-FLEET-01] [R-FLEET-11]", async () => {
    const fleet = await makeFleet(use, { files: FILES, remote: address() });
    await pushAll(fleet);
    const lock = readFileSync(fleet.sandbox.lockfilePath, "utf8");
    proxy.log.length = 0;
    const report = await fleet.json("apply", "--frozen");
    expect(report).toMatchObject({ exit_code: 0, diagnostics: [], summary: { sync: { updated: 4 } } });
    expect(origins(report)).toEqual([true, true, true, true]);
    expect(fleet.git.traffic.count()).toBe(0);
    expect(proxy.log.map((line) => line.replace(/[0-9a-f]{64}/u, ""))).toEqual(
      Array(4).fill(`GET /v2/${repository()}/manifests/sha256-`),
    );
    expect(fleet.installed("repo-0-a/link")).toBe(skillText("repo-0-a"));
    expect((await execa(join(fleet.sandbox.home, ".claude/skills/repo-1-b/run.sh"))).exitCode).toBe(0);
    expect(readFileSync(fleet.sandbox.lockfilePath, "utf8")).toBe(lock);
    expect(existsSync(join(fleet.sandbox.storage, "mirrors"))).toBe(false);
    expect(await fleet.json("apply", "--frozen", "--offline")).toMatchObject({ exit_code: 0 });
    // Without git on the machine.
    await fleet.forget();
    const env = { PATH: "/nowhere" };
    expect((await fleet.sandbox.run(["apply", "--frozen"], { env })).code).toBe(0);
  });

  it("is used by every command, which all work after it [R-FLEET-06]", async () => {
    const fleet = await makeFleet(use, { repositories: 1, files: FILES, remote: address() });
    const { sandbox, git, json } = fleet;
    await pushAll(fleet);
    for (const args of [["apply"], ["warm"], ["install"], ["repair"]]) {
      const report = await json(...args);
      expect([args, report.exit_code, origins(report)]).toEqual([args, 0, [true, true]]);
      expect(git.traffic.count()).toBe(0);
      await fleet.forget();
    }
    const updated = await json("update");
    expect(updated).toMatchObject({ exit_code: 0 });
    expect(origins(updated)).toEqual([true, true]);
    expect(git.traffic.count({ kind: "fetch" })).toBe(0);
    await fleet.forget();
    expect(await json("apply")).toMatchObject({ exit_code: 0 });
    chmodSync(join(sandbox.storage, "store"), 0o755);
    const entry = join(sandbox.home, ".claude/skills/repo-0-a/SKILL.md");
    chmodSync(entry, 0o644);
    writeFileSync(entry, "damaged");
    const repaired = await json("repair");
    expect(repaired).toMatchObject({ exit_code: 0 });
    expect(origins(repaired)).toEqual([true, false]);
    expect(fleet.installed("repo-0-a/SKILL.md")).toBe(skillText("repo-0-a"));
    expect(git.traffic.count()).toBe(0);
    expect((await json("doctor")).findings.map(({ code }: any) => code)).not.toContain("STORE_CORRUPT");
    expect((await sandbox.run(["warm", "--bundle", "skills.tgz"])).code).toBe(0);
    expect((await sandbox.run(["diff"])).code).toBe(0);
    expect(await json("show", "repo-0-a")).toMatchObject({ skill: { state: "installed" } });
    await fleet.repositories[0]?.commit({ files: { "skills/repo-0-a/SKILL.md": skillText("repo-0-a", "Two.") } });
    git.forget();
    expect((await json("outdated")).skills).toMatchObject([{ status: "outdated" }, { status: "current" }]);
    expect(await json("update")).toMatchObject({ exit_code: 0 });
    expect(fleet.installed("repo-0-a/SKILL.md")).toContain("Two.");
    expect(await json("rollback")).toMatchObject({ exit_code: 0 });
    expect(fleet.installed("repo-0-a/SKILL.md")).toBe(skillText("repo-0-a"));
  });

  it("is written by warm --push alone, which leaves what is there [R-FLEET-05]", async () => {
    const fleet = await makeFleet(use, { repositories: 1, remote: address() });
    const { json } = fleet;
    for (const command of ["apply", "warm", "repair", "update"]) await json(command);
    expect(proxy.log.filter((line) => !line.startsWith("GET"))).toEqual([]);
    expect(await json("warm", "--push")).toMatchObject({ summary: { push: { pushed: 2, present: 0, failed: 0 } } });
    proxy.log.length = 0;
    const again = await json("warm", "--push");
    expect(again).toMatchObject({ exit_code: 0, summary: { push: { pushed: 0, present: 2, failed: 0 } } });
    expect(proxy.log).toHaveLength(2);
    // The same content in another commit: only its manifest and config are new.
    await fleet.repositories[0]?.commit({ files: { "README.md": "beside" } });
    fleet.git.forget();
    await json("update");
    proxy.log.length = 0;
    expect(await json("warm", "--push")).toMatchObject({ summary: { push: { pushed: 2 } } });
    expect(proxy.log.filter((line) => line.startsWith("PUT"))).toHaveLength(4);
    await fleet.forget();
    expect(origins(await json("apply", "--frozen"))).toEqual([true, true]);
    // A machine without the mirror has nothing to push that is not there.
    expect(await json("warm", "--push")).toMatchObject({ summary: { push: { present: 2 } } });
    expect(fleet.git.traffic.count()).toBe(0);
    expect((await fleet.sandbox.run(["warm", "--push"])).stdout).toContain("2 in the remote store before");
  });

  it("has one entry for a content of several places, each with its proof [R-FLEET-05]", async () => {
    const fleet = await makeFleet(use, { remote: address() });
    const { git, json, sandbox } = fleet;
    const copies = { "x/SKILL.md": skillText("copy"), "y/SKILL.md": skillText("copy") };
    for (const repo of fleet.repositories) await repo.commit({ files: copies });
    git.forget();
    const skills = ["repo-0", "repo-1"].flatMap((name) =>
      ["x", "y"].map((subpath) => ({ id: `${name}-${subpath}`, repo: `${git.url}/${name}.git`, subpath })),
    );
    sandbox.writeManifest(manifestOf(skills, `scope = "global"\n\n[store]\nremote = "${address()}"`));
    expect(await json("apply")).toMatchObject({ exit_code: 0 });
    expect(await json("warm", "--push")).toMatchObject({ exit_code: 0, summary: { push: { pushed: 4 } } });
    await fleet.forget();
    expect(origins(await json("apply", "--frozen"))).toEqual([true, true, true, true]);
    expect(git.traffic.count()).toBe(0);
  });

  it("needs `remote` for a push, and a push that fails is exit 1 [R-FLEET-05]", async () => {
    const fleet = await makeFleet(use, { repositories: 1, remote: address() });
    await fleet.json("apply");
    proxy.intercept = (_, response) => response.writeHead(403).end() !== undefined;
    const report = await fleet.json("warm", "--push");
    expect(report).toMatchObject({ exit_code: 1, summary: { push: { pushed: 0, failed: 2 } } });
    expect(report.skills[0].diagnostics).toMatchObject([{ code: "FETCH_AUTH", severity: "error" }]);
    fleet.manifest("");
    expect(await fleet.json("warm", "--push")).toMatchObject({ exit_code: 2, error: { code: "STORE_NOT_SET" } });
    fleet.manifest('remote = "oci://host/skills:latest"');
    expect(await fleet.json("apply")).toMatchObject({ exit_code: 2, error: { code: "INVALID_REPO_URL" } });
    fleet.manifest('remote = "https://host/skills"');
    expect(await fleet.json("apply")).toMatchObject({ exit_code: 2, error: { code: "INVALID_REPO_URL" } });
  });

  it("has entries that other clients read [R-FLEET-05]", async () => {
    const fleet = await makeFleet(use, { repositories: 1, files: FILES, remote: address() });
    await pushAll(fleet);
    const [, integrity = ""] =
      /integrity = "sha256-([^"]+)"/u.exec(readFileSync(fleet.sandbox.lockfilePath, "utf8")) ?? [];
    const tag = `sha256-${Buffer.from(integrity, "base64").toString("hex")}`;
    const answer = await fetch(`http://${registry.host}/v2/${repository()}/manifests/${tag}`, {
      headers: { Accept: "application/vnd.oci.image.manifest.v1+json" },
    });
    const { artifactType, layers, annotations } = (await answer.json()) as any;
    expect([artifactType, layers.length]).toEqual(["application/vnd.eden-skills.skill.v1", 1]);
    expect(annotations).toMatchObject({
      "org.opencontainers.image.title": "repo-0-a",
      "org.opencontainers.image.source": expect.stringContaining("repo-0.git"),
      "org.opencontainers.image.revision": expect.stringMatching(/^[0-9a-f]{40}$/u),
    });
    const blob = await fetch(`http://${registry.host}/v2/${repository()}/blobs/${layers[0].digest}`);
    const { stdout } = await execa("tar", ["tz"], { input: Buffer.from(await blob.arrayBuffer()) });
    expect(stdout.split("\n")).toEqual(["SKILL.md", "deep/er/text.txt", "link", "run.sh"]);
    // Our own reader of images.
    const listed = await fleet.json("install", `oci://${proxy.host}/${repository()}:${tag}`, "--list");
    expect(listed.skills).toMatchObject([{ name: "repo-0-a" }]);
  });

  it("has skills of archives, also when these are gone, and under another name [R-FLEET-01] [R-FLEET-05]", async () => {
    const fleet = await makeFleet(use, { repositories: 1, remote: address() });
    const { sandbox, json } = fleet;
    const layer = {
      mediaType: "application/vnd.oci.image.layer.v1.tar",
      content: tarball([{ path: "skills/a/SKILL.md", content: skillText("a") }]),
    };
    const image = await registry.push("acme/image", "v1", [layer]);
    const entry = (id: string, more: string) =>
      `[[skills]]\nid = "${id}"\nsource = "oci://${registry.host}/acme/image:v1//skills/a"\ntargets = ["claude-code"]\n${more}`;
    const head = `version = 1\n\n[store]\nremote = "${address()}"\n\n`;
    sandbox.writeManifest(`${head}${entry("one", "")}\n${entry("two", 'alias = { name = "two" }\n')}`);
    expect(await json("apply")).toMatchObject({ exit_code: 0 });
    expect(await json("warm", "--push")).toMatchObject({ exit_code: 0, summary: { push: { failed: 0 } } });
    await fleet.forget();
    await registry.remove("acme/image", image);
    const report = await json("apply", "--frozen");
    expect([report.exit_code, report.diagnostics, origins(report)]).toEqual([0, [], [true, true]]);
    expect(fleet.installed("two/SKILL.md")).toContain("name: two\n");
  });

  it("is not asked with --offline, nor by a run that has everything [R-FLEET-07]", async () => {
    const fleet = await makeFleet(use, { repositories: 1, remote: address() });
    await pushAll(fleet);
    proxy.log.length = 0;
    const report = await fleet.json("apply", "--offline");
    expect(report.exit_code).toBe(1);
    expect(report.skills.map(codes)).toEqual([["OFFLINE_MISS"], ["OFFLINE_MISS"]]);
    expect(proxy.log).toEqual([]);
    await fleet.json("apply");
    proxy.log.length = 0;
    await fleet.json("apply", "--frozen");
    expect(proxy.log).toEqual([]);
    expect(await fleet.json("warm", "--push", "--offline")).toMatchObject({ error: { code: "OFFLINE_MISS" } });
  });

  it("is asked only if the policy allows it, and not for facts about commits [R-FLEET-09]", async () => {
    const fleet = await makeFleet(use, { repositories: 1, remote: address() });
    await pushAll(fleet);
    fleet.manifest(`remote = "${address()}"`, '[policy.registries]\ndeny = ["127.0.0.1*/**"]\n');
    proxy.log.length = 0;
    const report = await fleet.json("apply");
    expect([report.exit_code, codes(report), origins(report)]).toEqual([0, ["POLICY_DENIED"], [false, false]]);
    expect(await fleet.json("warm", "--push")).toMatchObject({ exit_code: 1 });
    expect(proxy.log).toEqual([]);
    await fleet.forget();
    fleet.manifest(`remote = "${address()}"`, '[policy]\nmin_age = "1h"\n');
    const aged = await fleet.json("apply");
    expect([aged.exit_code, origins(aged)]).toEqual([0, [false, false]]);
  });

  it("gets the login of docker, without which it names the next step [R-FLEET-08]", async () => {
    const fleet = await makeFleet(use, { repositories: 1, remote: address() });
    const { sandbox } = fleet;
    await pushAll(fleet);
    const expected = `Basic ${Buffer.from("me:pass").toString("base64")}`;
    proxy.intercept = ({ headers }, response) => {
      if (headers.authorization === expected) return false;
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="fleet"' }).end();
      return true;
    };
    const report = await fleet.json("apply");
    expect([report.exit_code, codes(report)]).toEqual([0, ["STORE_UNREACHABLE"]]);
    expect(report.diagnostics[0].hint).toContain(`docker login ${proxy.host}`);
    await fleet.forget();
    mkdirSync(join(sandbox.home, ".docker"));
    const auths = { [proxy.host]: { auth: Buffer.from("me:pass").toString("base64") } };
    writeFileSync(join(sandbox.home, ".docker/config.json"), JSON.stringify({ auths }));
    const signedIn = await fleet.json("apply");
    expect([signedIn.exit_code, codes(signedIn), origins(signedIn)]).toEqual([0, [], [true, true]]);
    // Also for a push.
    rmSync(sandbox.lockfilePath);
    await fleet.repositories[0]?.commit({ files: { "skills/repo-0-a/new.txt": "new" } });
    fleet.git.forget();
    await fleet.forget();
    expect(await fleet.json("warm", "--push")).toMatchObject({ exit_code: 0, summary: { push: { pushed: 2 } } });
  });
});
