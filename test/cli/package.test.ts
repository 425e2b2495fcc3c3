import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const use = useSandbox();

describe("the package that npm pack makes, installed into an empty folder", () => {
  it("has the command and the library, and needs nothing else [R-CLI-09] [R-THREAT-65]", async () => {
    const sandbox = use.sandbox();
    const folder = join(sandbox.root, "consumer");
    mkdirSync(folder);
    const env = { ...sandbox.environment(), npm_config_cache: join(sandbox.root, "npm-cache") };
    const run = (file: string, args: string[]) =>
      execFileSync(file, args, { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    // The build is there already; packing must not make it anew under the feet of other tests.
    const packed = JSON.parse(run("npm", ["pack", ROOT, "--ignore-scripts", "--json", "--pack-destination", folder]));
    const filename: string = (Array.isArray(packed) ? packed : Object.values(packed))[0].filename;
    writeFileSync(join(folder, "package.json"), '{ "name": "consumer", "type": "module" }');
    run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${filename}`]);
    expect(readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["eden-skills"]);

    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(run("npx", ["--offline", "eden-skills", "--version"]).trim()).toBe(version);
    const repository = await createRepository(join(sandbox.root, "served/one.git"), {
      files: { "SKILL.md": skillText("one") },
    });
    writeFileSync(join(folder, "skills.toml"), manifestOf([{ id: "one", repo: `file://${repository.dir}` }]));
    expect(run("npx", ["--offline", "eden-skills", "apply"])).toContain("1 of 1 skills installed; ");
    writeFileSync(
      join(folder, "use.mjs"),
      `import { SkillReactor } from "eden-skills";
       const reactor = new SkillReactor({ config: "skills.toml", concurrency: 2 });
       const seen = [];
       reactor.on((event) => seen.push(event.type));
       const report = await reactor.apply();
       console.log(JSON.stringify({ outcome: report.outcome, noop: report.summary.install.noop, events: seen.length > 0 }));`,
    );
    expect(JSON.parse(run("node", ["use.mjs"]))).toEqual({ outcome: "ok", noop: 1, events: true });
    expect(readdirSync(join(folder, "node_modules/eden-skills/dist/types"))).toContain("index.d.ts");
  });
});
