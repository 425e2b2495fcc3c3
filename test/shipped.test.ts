import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { shippedPackages, writeBillOfMaterials } from "../scripts/shipped.mjs";
import { useSandbox } from "./helpers/with-sandbox.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const use = useSandbox();
const read = (file: string) => readFileSync(join(root, file), "utf8");
const shipped = shippedPackages();
const names = [...new Set(shipped.map(({ name }) => name))];

beforeAll(() => writeBillOfMaterials());

describe("the package says what is in it [R-CLI-09]", () => {
  it("the packages are those that decision 0015 lists, no more and no fewer", () => {
    const decision = read("specs/decisions/0015-libraries.md");
    const direct = [...decision.matchAll(/^\| ([\w.@/-]+) \| (\d\S*) \|/gmu)].map(([, name, version]) => [
      name,
      version,
    ]);
    const brought = [...(/^With them come ([^]*?)\.\n/mu.exec(decision)?.[1] ?? "").matchAll(/`([^`]+)`/gu)];
    const listed = [...direct.map(([name]) => name), ...brought.map(([, name]) => name)];
    expect(listed.toSorted()).toEqual(names.toSorted());
    const { devDependencies } = JSON.parse(read("package.json"));
    expect(direct).toEqual(direct.map(([name = ""]) => [name, devDependencies[name]]));
  });

  it("each has its licence text, and is in the bill of materials [R-THREAT-59]", () => {
    const licences = read("dist/THIRD_PARTY_LICENSES");
    const bill = JSON.parse(read("dist/sbom.cdx.json"));
    expect(bill).toMatchObject({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      metadata: { component: { name: "eden-skills" } },
    });
    const purls = bill.components.map(({ purl }: { purl: string }) => purl.replace("%40", "@").replace(/\?.*/u, ""));
    expect(purls.toSorted()).toEqual(shipped.map(({ name, version }) => `pkg:npm/${name}@${version}`).toSorted());
    for (const { name, version, license } of shipped)
      expect(licences).toContain(`\n${name} ${version} (${license})\n\n`);
    expect(licences.match(/permission|redistribution/giu)?.length).toBeGreaterThanOrEqual(shipped.length);
  });

  it("holds them, and the maps, when it is packed", () => {
    const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
    const [packed] = JSON.parse(
      execFileSync("npm", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
    );
    const files: string[] = packed.files.map(({ path }: { path: string }) => path);
    expect(files).toEqual(expect.arrayContaining(["dist/THIRD_PARTY_LICENSES", "dist/sbom.cdx.json", "LICENSE"]));
    const code = files.filter((file) => /^dist\/(?!types\/).*\.cjs$/u.test(file));
    expect(code.length).toBeGreaterThan(10);
    expect(files).toEqual(expect.arrayContaining(code.map((file) => `${file}.map`)));
    expect(files.filter((file) => /meta\.json|compile-cache|LEGAL|\.map\.map$/u.test(file))).toEqual([]);
  });

  it("its declarations name no library, which is not installed with it", () => {
    const open = ["dist/types/index.d.ts"];
    const seen = new Set<string>();
    const foreign: string[] = [];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      for (const [, name = ""] of read(file).matchAll(/(?:from|import\()\s*"([^"]+)"/gu)) {
        if (name.startsWith(".")) open.push(join(file, "..", name.replace(/\.js$/u, ".d.ts")));
        else if (!name.startsWith("node:")) foreign.push(`${file}: ${name}`);
      }
    }
    expect(seen.size).toBeGreaterThan(20);
    expect(foreign).toEqual([]);
  });

  it("names files of src/ in the stack of a fault, with --verbose", () => {
    const sandbox = use.sandbox();
    const fault = `import path from "node:path"; import { syncBuiltinESMExports } from "node:module";
      const own = path.resolve;
      path.resolve = (...parts) => { if (parts.at(-1) === "fault.toml") throw new TypeError("a fault"); return own(...parts); };
      syncBuiltinESMExports();`;
    const program = [join(root, "dist/main.cjs"), "list", "--config", "fault.toml"];
    const args = ["--import", `data:text/javascript,${encodeURIComponent(fault)}`, ...program];
    const run = (...more: string[]) =>
      spawnSync(process.execPath, [...args, ...more], {
        cwd: sandbox.project,
        env: sandbox.environment(),
        encoding: "utf8",
      });
    expect(run("--verbose").stderr).toMatch(
      /TypeError: a fault[^]* at .*src\/manifest\/names\/expand-path\.ts:\d+:\d+[^]*src\/cli\/commands\/list\.ts:/u,
    );
    expect(run().stderr).toMatch(/INTERNAL.*a fault/u);
  });
});
