import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { skillText } from "../helpers/manifest-of.js";
import { integrityOf, packageWith, publish } from "../helpers/npm-registry.js";
import type { Page } from "../helpers/site.js";
import { useSite } from "../helpers/site-world.js";

const { serve, setUp } = useSite();

const NAME = "@acme/tool";
const packed = Object.fromEntries(["1.0.0", "1.1.0", "2.0.0"].map((one) => [one, packageWith(NAME, one, ["a", "b"])]));
const only = (...versions: string[]) =>
  Object.fromEntries(versions.map((version) => [version, packed[version] ?? Buffer.alloc(0)]));

/** A machine whose npm uses a registry with these versions. */
async function withRegistry(...versions: string[]) {
  const machine = await setUp({});
  const { sandbox, site } = machine;
  writeFileSync(join(sandbox.home, ".npmrc"), `registry=${site.url}\n`);
  publish(site, NAME, only(...versions));
  const skill = (source: string) =>
    sandbox.writeManifest(
      `version = 1\nscope = "project"\n\n[[skills]]\nid = "a"\nsource = "${source}"\ntargets = ["claude-code"]\n`,
    );
  const codes = async (...args: string[]) => {
    const { skills, error } = (await sandbox.run([...args, "--json"])).json();
    return error?.code ?? skills[0].diagnostics.map(({ code }: { code: string }) => code);
  };
  const text = () => readFileSync(join(sandbox.project, ".claude/skills/a/SKILL.md"), "utf8");
  const lock = () => readFileSync(sandbox.lockfilePath, "utf8");
  const forget = () => rmSync(join(sandbox.home, ".eden-skills"), { recursive: true, force: true });
  return { ...machine, skill, codes, text, lock, forget };
}

describe("a package of npm", () => {
  it("is installed, pinned, outdated, and updated in its range [R-ARCHIVE-01] [R-ARCHIVE-02] [R-ARCHIVE-05]", async () => {
    const { sandbox, site, json, installed, manifest } = await withRegistry("1.0.0");
    expect(await json("install", `npm:${NAME}`, "--skill", "a")).toMatchObject({ exit_code: 0, installed: ["a"] });
    expect(readFileSync(manifest, "utf8")).toContain(`source = "npm:${NAME}@^1.0.0//skills/a"`);
    const lock = () => readFileSync(manifest.replace(".toml", ".lock"), "utf8");
    expect(lock()).toContain(`source_repo = "npm:${NAME}"\nsource_ref = "^1.0.0"\nsource_subpath = "skills/a"`);
    expect(lock()).toContain(`archive_version = "1.0.0"\narchive_digest = "${integrityOf(packed["1.0.0"] as Buffer)}"`);
    publish(site, NAME, packed);
    expect((await json("apply")).skills).toMatchObject([{ status: "unchanged" }]);
    expect((await json("outdated")).skills).toMatchObject([
      { id: "a", ref: "^1.0.0", status: "outdated", current_version: "1.0.0", latest_version: "1.1.0" },
    ]);
    expect((await sandbox.run(["diff", "--upstream", "a"])).stdout).toContain("Version 1.1.0.");
    expect(await json("update")).toMatchObject({ exit_code: 0 });
    expect(installed("a/SKILL.md")).toContain("Version 1.1.0.");
    expect(lock()).toContain('archive_version = "1.1.0"');
    expect((await json("outdated")).skills).toMatchObject([{ status: "current", latest_version: "1.1.0" }]);
    expect((await sandbox.run(["apply", "--frozen", "--offline"])).code).toBe(0);
  });

  it("has versions, tags and exact versions as its ref [R-ARCHIVE-05]", async () => {
    const { skill, sandbox, codes, lock, site } = await withRegistry("1.0.0", "1.1.0", "2.0.0");
    publish(site, NAME, packed, { next: "1.1.0" });
    for (const [ref, version] of [
      ["", "2.0.0"],
      ["@next", "1.1.0"],
      ["@1.0.0", "1.0.0"],
      ["@>=1 <2", "1.1.0"],
    ]) {
      skill(`npm:${NAME}${ref}//skills/a`);
      expect(await codes("apply")).toEqual([]);
      expect(lock()).toContain(`archive_version = "${version}"`);
    }
    skill(`npm:${NAME}@1.0.0//skills/a`);
    await codes("apply");
    expect((await sandbox.run(["outdated", "--json"])).json().skills).toMatchObject([{ status: "pinned" }]);
    skill(`npm:${NAME}@^3//skills/a`);
    expect(await codes("apply")).toEqual(["REF_NOT_FOUND"]);
    skill("npm:nowhere//skills/a");
    expect(await codes("apply")).toEqual(["FETCH_NOT_FOUND"]);
  });

  it("is refused when it was replaced, unpublished, or is not here [R-ARCHIVE-03] [R-ARCHIVE-06]", async () => {
    const { skill, codes, site, forget } = await withRegistry("1.0.0");
    skill(`npm:${NAME}@^1//skills/a`);
    expect(await codes("apply")).toEqual([]);
    forget();
    expect(await codes("apply", "--frozen", "--offline")).toEqual(["OFFLINE_MISS"]);
    publish(site, NAME, { "1.0.0": packageWith(NAME, "1.0.0", ["a"], { path: "package/x", content: "evil" }) });
    expect(await codes("apply", "--frozen")).toEqual(["INTEGRITY_MISMATCH"]);
    publish(site, NAME, only("1.1.0"));
    expect(await codes("apply", "--frozen")).toEqual(["ARCHIVE_GONE"]);
    expect(await codes("update")).toEqual([]);
  });

  it("is asked for with npm's own settings: scopes, tokens, variables of the user [R-ARCHIVE-10]", async () => {
    const { sandbox, skill, codes, forget } = await withRegistry();
    const seen: (string | undefined)[] = [];
    const mine = await serve({});
    const guarded = (then: Page): Page => {
      return (request, response) => {
        seen.push(request.headers.authorization);
        if (request.headers.authorization !== "Bearer s3cret") response.writeHead(401).end();
        else response.end(then);
      };
    };
    publish(mine, NAME, only("1.0.0"));
    for (const [path, page] of mine.pages) mine.pages.set(path, guarded(page));
    const host = new URL(mine.url).host;
    skill(`npm:${NAME}//skills/a`);
    writeFileSync(join(sandbox.project, ".npmrc"), `@acme:registry=${mine.url}\n//${host}/:_authToken=\${SECRET}\n`);
    const env = { SECRET: "s3cret" };
    const apply = async (more: Record<string, string> = {}) => {
      const { skills } = (await sandbox.run(["apply", "--json"], { env: { ...env, ...more } })).json();
      return skills[0].diagnostics.map(({ code }: { code: string }) => code);
    };
    expect(await apply()).toEqual(["FETCH_AUTH"]);
    expect(seen).toEqual([undefined]);
    writeFileSync(join(sandbox.home, ".npmrc"), `//${host}/:_authToken=\${SECRET}\n`);
    expect(await apply()).toEqual([]);
    rmSync(join(sandbox.project, ".npmrc"));
    rmSync(sandbox.lockfilePath);
    forget();
    expect(await apply({ npm_config_registry: mine.url })).toEqual([]);
    rmSync(sandbox.lockfilePath);
    forget();
    writeFileSync(join(sandbox.home, ".npmrc"), "registry=http://npm.example.com\n");
    expect(await codes("apply")).toEqual(["POLICY_DENIED"]);
  });

  it("is judged by its name, and needs no registry for a denied one [R-ARCHIVE-09]", async () => {
    const { sandbox, site } = await withRegistry("1.0.0");
    const denied = (glob: string) =>
      `version = 1\nscope = "project"\n[policy.sources]\ndeny = ["${glob}"]\n\n[[skills]]\nid = "a"\n` +
      `source = "npm:${NAME}//skills/a"\ntargets = ["claude-code"]\n`;
    sandbox.writeManifest(denied("npm:@acme/*"));
    expect((await sandbox.run(["apply"])).stderr).toContain("POLICY_DENIED");
    expect(site.asked).toEqual([]);
    sandbox.writeManifest(denied("npm:@other/*"));
    expect((await sandbox.run(["apply"])).code).toBe(0);
  });
});

describe("a package that the project has installed", () => {
  /** What `npm install` leaves. */
  const install = (project: string, version: string, body = `Version ${version}.`) => {
    const place = join(project, "node_modules", NAME);
    mkdirSync(join(place, "skills/a"), { recursive: true });
    writeFileSync(join(place, "package.json"), JSON.stringify({ name: NAME, version }));
    writeFileSync(join(place, "skills/a/SKILL.md"), skillText("a", body));
    mkdirSync(join(place, "skills/b"), { recursive: true });
    writeFileSync(join(place, "skills/b/SKILL.md"), skillText("b", body));
  };

  it("gives its skills at its version, without a registry [R-ARCHIVE-11]", async () => {
    const { sandbox, skill, codes, text, lock, site, forget } = await withRegistry("1.0.0", "2.0.0");
    install(sandbox.project, "1.0.0");
    skill(`npm:${NAME}//skills/a`);
    expect(await codes("apply")).toEqual([]);
    expect(text()).toContain("Version 1.0.0.");
    expect(lock()).toContain('archive_version = "1.0.0"');
    expect((await sandbox.run(["outdated", "--json"])).json().skills).toMatchObject([{ status: "current" }]);
    install(sandbox.project, "1.1.0");
    expect((await sandbox.run(["outdated", "--json"])).json().skills).toMatchObject([
      { status: "outdated", current_version: "1.0.0", latest_version: "1.1.0" },
    ]);
    expect(await codes("apply", "--frozen")).toBe("LOCK_OUT_OF_DATE");
    expect(await codes("apply")).toEqual([]);
    expect(text()).toContain("Version 1.1.0.");
    expect(site.asked).toEqual([]);
    // Where it is not installed, the registry has the same files.
    publish(site, NAME, packed);
    rmSync(join(sandbox.project, "node_modules"), { recursive: true });
    forget();
    expect(await codes("apply", "--frozen")).toEqual([]);
    expect(text()).toContain("Version 1.1.0.");
  });

  it("counts only in its range, in project scope, and with the pinned files [R-ARCHIVE-11]", async () => {
    const { sandbox, skill, codes, lock, forget } = await withRegistry("1.0.0", "2.0.0");
    install(sandbox.project, "1.0.0", "Edited.");
    skill(`npm:${NAME}@^2//skills/a`);
    expect(await codes("apply")).toEqual([]);
    expect(lock()).toContain('archive_version = "2.0.0"');
    rmSync(join(sandbox.project, "node_modules"), { recursive: true });
    skill(`npm:${NAME}@1.0.0//skills/a`);
    expect(await codes("apply")).toEqual([]);
    const pinned = lock();
    install(sandbox.project, "1.0.0", "Edited.");
    forget();
    expect(await codes("apply", "--frozen")).toEqual([]);
    expect(lock()).toBe(pinned);
    sandbox.writeManifest(readFileSync(sandbox.manifestPath, "utf8").replace('"project"', '"global"'));
    expect(await codes("update")).toEqual([]);
    expect(lock()).toContain("archive_digest");
  });

  it("is installed without a range, and its digest is what npm recorded [R-ARCHIVE-11]", async () => {
    const { sandbox, lock, site } = await withRegistry("1.0.0");
    install(sandbox.project, "1.0.0");
    const integrity = integrityOf(packed["1.0.0"] as Buffer);
    const packages = { [`node_modules/${NAME}`]: { version: "1.0.0", integrity } };
    writeFileSync(join(sandbox.project, "node_modules/.package-lock.json"), JSON.stringify({ packages }));
    const done = await sandbox.run(["install", `npm:${NAME}`, "--project", "--skill", "a", "--target", "claude-code"]);
    expect(done.code).toBe(0);
    expect(readFileSync(sandbox.manifestPath, "utf8")).toContain(`source = "npm:${NAME}//skills/a"`);
    expect(lock()).toContain(`archive_digest = "${integrity}"`);
    expect(site.asked).toEqual([]);
  });
});
