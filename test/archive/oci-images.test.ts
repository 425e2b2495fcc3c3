import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { skillText } from "../helpers/manifest-of.js";
import { digestOf, imageOf, registryAvailable, startRegistry, type OciRegistry } from "../helpers/oci-registry.js";
import { tarball, type Packed } from "../helpers/packed.js";
import type { Page } from "../helpers/site.js";
import { useSite } from "../helpers/site-world.js";

const { serve, setUp } = useSite();

const TAR = "application/vnd.oci.image.layer.v1.tar+gzip";

const layer = (body: string, ...more: Packed[]) => ({
  mediaType: TAR,
  content: tarball([
    { path: "skills/a/SKILL.md", content: skillText("a", body) },
    { path: "skills/b/SKILL.md", content: skillText("b", body) },
    ...more,
  ]),
});

/** A machine, and the usual questions about its one skill. */
async function machineWith() {
  const machine = await setUp({});
  const { sandbox } = machine;
  const skill = (source: string) =>
    sandbox.writeManifest(
      `version = 1\nscope = "project"\n\n[[skills]]\nid = "a"\nsource = "${source}"\ntargets = ["claude-code"]\n`,
    );
  const codes = async (args: string[], env: Record<string, string> = {}) => {
    const { skills, error } = (await sandbox.run([...args, "--json"], { env })).json();
    return error?.code ?? skills[0].diagnostics.map(({ code }: { code: string }) => code);
  };
  const text = () => readFileSync(join(sandbox.project, ".claude/skills/a/SKILL.md"), "utf8");
  const lock = () => readFileSync(sandbox.lockfilePath, "utf8");
  const forget = () => rmSync(join(sandbox.home, ".eden-skills"), { recursive: true, force: true });
  return { ...machine, skill, codes, text, lock, forget };
}

describe.runIf(registryAvailable())("an image of an OCI registry", () => {
  let registry: OciRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(async () => await registry.close());

  it("is installed by its tag, pinned by its digest, outdated and updated [R-ARCHIVE-01] [R-ARCHIVE-02] [R-ARCHIVE-05]", async () => {
    const { sandbox, json, installed, manifest } = await machineWith();
    const one = await registry.push("acme/skills", "v1", [layer("One.")]);
    const source = `oci://${registry.host}/acme/skills`;
    expect((await json("install", `${source}:v1`, "--list")).skills).toMatchObject([
      { path: "skills/a" },
      { path: "skills/b" },
    ]);
    expect(await json("install", `${source}:v1`, "--skill", "a")).toMatchObject({ exit_code: 0, installed: ["a"] });
    expect(readFileSync(manifest, "utf8")).toContain(`source = "${source}:v1//skills/a"`);
    const lock = () => readFileSync(manifest.replace(".toml", ".lock"), "utf8");
    expect(lock()).toContain(`archive_digest = "${one}"`);
    const two = await registry.push("acme/skills", "v1", [layer("Two.")]);
    expect((await json("apply")).skills).toMatchObject([{ status: "unchanged" }]);
    expect((await json("outdated")).skills).toMatchObject([{ id: "a", ref: "v1", status: "outdated" }]);
    expect((await sandbox.run(["diff", "--upstream", "a"])).stdout).toContain("Two.");
    expect(await json("update")).toMatchObject({ exit_code: 0 });
    expect(installed("a/SKILL.md")).toContain("Two.");
    expect(lock()).toContain(`archive_digest = "${two}"`);
    expect((await sandbox.run(["apply", "--frozen", "--offline"])).code).toBe(0);
  });

  it("is named by a digest, which never moves, and may be gone [R-ARCHIVE-05] [R-ARCHIVE-06]", async () => {
    const { sandbox, skill, codes, text, forget } = await machineWith();
    const one = await registry.push("acme/fixed", "v1", [layer("One.")]);
    const source = `oci://${registry.host}/acme/fixed`;
    skill(`${source}@${one}//skills/a`);
    expect(await codes(["apply"])).toEqual([]);
    expect(text()).toContain("One.");
    expect((await sandbox.run(["outdated", "--json"])).json().skills).toMatchObject([{ status: "pinned" }]);
    forget();
    expect(await codes(["apply", "--frozen", "--offline"])).toEqual(["OFFLINE_MISS"]);
    await registry.remove("acme/fixed", one);
    expect(await codes(["apply", "--frozen"])).toEqual(["ARCHIVE_GONE"]);
    skill(`${source}:nowhere//skills/a`);
    expect(await codes(["apply"])).toEqual(["REF_NOT_FOUND"]);
  });

  it("has the files of its layers, one over the other, and files with a title [R-ARCHIVE-12]", async () => {
    const { sandbox, skill, codes, text } = await machineWith();
    await registry.push("acme/layers", "latest", [
      layer("Lower."),
      { mediaType: TAR, content: tarball([{ path: "skills/.wh.b", content: "" }]) },
      {
        mediaType: "text/markdown",
        content: Buffer.from(skillText("a", "Upper.")),
        annotations: { "org.opencontainers.image.title": "skills/a/SKILL.md" },
      },
    ]);
    skill(`oci://${registry.host}/acme/layers//skills/a`);
    expect(await codes(["apply"])).toEqual([]);
    expect(text()).toContain("Upper.");
    const listed = await sandbox.run(["install", `oci://${registry.host}/acme/layers`, "--list", "--json"]);
    expect(listed.json().skills).toMatchObject([{ path: "skills/a" }]);
    await registry.push("acme/hostile", "latest", [layer("x", { path: "../../x", content: "x" })]);
    skill(`oci://${registry.host}/acme/hostile//skills/a`);
    expect(await codes(["apply"])).toEqual(["SKILL_UNSAFE"]);
  });
});

describe("a registry that asks to sign in", () => {
  const content = layer("One.");
  const image = imageOf([content]);
  const basic = `Basic ${Buffer.from("me:pass").toString("base64")}`;

  /** A registry whose tokens another address gives out, for this login alone. */
  const guardedPages = (url: string): Record<string, Page> => {
    const guarded = (then: Buffer): Page => {
      return ({ headers }, response) => {
        if (headers.authorization === "Bearer t0ken") response.end(then);
        else
          response
            .writeHead(401, {
              "WWW-Authenticate": `Bearer realm="${url}/token",service="reg",scope="repository:x:pull"`,
            })
            .end();
      };
    };
    return {
      "/token": (request, response) => {
        const isRight = request.headers.authorization === basic && request.url?.includes("service=reg") === true;
        response.writeHead(isRight ? 200 : 401).end(JSON.stringify({ token: "t0ken" }));
      },
      "/v2/acme/skills/manifests/latest": guarded(image.content),
      [`/v2/acme/skills/blobs/${digestOf(content.content)}`]: guarded(content.content),
    };
  };

  it("gets the login of docker's configuration or of its credential helper [R-ARCHIVE-13]", async () => {
    const { sandbox, site, skill, codes, forget } = await machineWith();
    for (const [path, page] of Object.entries(guardedPages(site.url))) site.pages.set(path, page);
    const host = new URL(site.url).host;
    skill(`oci://${host}/acme/skills//skills/a`);
    expect(await codes(["apply"])).toEqual(["FETCH_AUTH"]);
    const docker = join(sandbox.home, ".docker");
    mkdirSync(docker);
    const auth = Buffer.from("me:pass").toString("base64");
    writeFileSync(join(docker, "config.json"), JSON.stringify({ auths: { [host]: { auth } } }));
    expect(await codes(["apply"])).toEqual([]);
    rmSync(sandbox.lockfilePath);
    forget();
    const programs = join(sandbox.root, "bin");
    mkdirSync(programs);
    const helper = join(programs, "docker-credential-test");
    writeFileSync(
      helper,
      `#!/bin/sh\nread -r name\n[ "$1 $name" = "get ${host}" ] && echo '{"Username":"me","Secret":"pass"}'\n`,
    );
    chmodSync(helper, 0o755);
    writeFileSync(join(docker, "config.json"), JSON.stringify({ credHelpers: { [host]: "test" } }));
    expect(await codes(["apply"], { PATH: `${programs}:${process.env["PATH"]}` })).toEqual([]);
  });

  it("sends what it promised, or nothing is installed [R-ARCHIVE-03] [R-ARCHIVE-13]", async () => {
    const { skill, codes } = await machineWith();
    const other = layer("Two.");
    const site = await serve({
      "/v2/acme/skills/manifests/latest": image.content,
      [`/v2/acme/skills/blobs/${digestOf(content.content)}`]: other.content,
      [`/v2/acme/skills/manifests/${digestOf(content.content)}`]: image.content,
    });
    const source = `oci://${new URL(site.url).host}/acme/skills`;
    skill(`${source}//skills/a`);
    expect(await codes(["apply"])).toEqual(["INTEGRITY_MISMATCH"]);
    skill(`${source}@${digestOf(content.content)}//skills/a`);
    expect(await codes(["apply"])).toEqual(["INTEGRITY_MISMATCH"]);
  });
});
