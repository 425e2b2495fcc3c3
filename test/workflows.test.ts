import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { expect, it } from "vitest";

const root = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

it("every action that ours and the examples use is pinned by its commit [R-PR-15]", () => {
  const files = [
    "action.yml",
    ...readdirSync(new URL("actions", root)).map((name) => `actions/${name}/action.yml`),
    ...readdirSync(new URL(".github/workflows", root)).map((name) => `.github/workflows/${name}`),
    "README.md",
    "docs/pull-requests.md",
  ];
  const uses = files
    .flatMap((file) => [...read(file).matchAll(/\buses: (.*)$/gmu)].map(([, used]) => used))
    .filter((used) => used?.startsWith("eden-skills/eden-skills") !== true);
  expect(uses.length).toBeGreaterThan(3);
  expect(uses.filter((used) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/u.test(used ?? ""))).toEqual([]);
});

it("the tests run on each supported Node, on Linux and macOS", () => {
  const { jobs } = parse(read(".github/workflows/ci.yml"));
  expect(jobs.test.strategy.matrix).toEqual({ os: ["ubuntu-latest", "macos-latest"], node: [20, 22, 24] });
});

it("the preset for Renovate finds the versions of a manifest, in both forms [R-PR-16]", () => {
  const { customManagers } = JSON.parse(read("renovate/skills.json"));
  const text = `
[[skills]]
id = "one"
source = { repo = "https://github.com/acme/one.git", ref = "v1.2.3" }
[[skills]]
id = "two"
[skills.source]
repo = "acme/two"
ref = "2.0.0-rc.1"
[[skills]]
id = "three"
source = "acme/three/skills/three#v3.1.0"
[[skills]]
id = "branch"
source = "acme/branch#main"
[[skills]]
id = "commit"
source = { repo = "acme/commit", ref = "0123456789abcdef0123456789abcdef01234567" }
`;
  const found = (customManagers[0].matchStrings as string[]).flatMap((pattern) =>
    [...text.matchAll(new RegExp(pattern, "gu"))].map(
      ({ groups }) => `${groups?.["depName"]}@${groups?.["currentValue"]}`,
    ),
  );
  expect(found).toEqual(["acme/one@v1.2.3", "acme/two@2.0.0-rc.1", "acme/three@v3.1.0"]);
});

it("the recipe for GitLab runs the commands of the actions [R-PR-15]", () => {
  const text = read("docs/pull-requests.md");
  const [, recipe = ""] = /^```yaml\n(verify-skills:\n[\s\S]*?)^```$/mu.exec(text) ?? [];
  const commands = ["setup", "verify"].flatMap((name) => {
    const { inputs, runs } = parse(read(`actions/${name}/action.yml`));
    const valueOf = (_: string, variable: string) => inputs[variable.toLowerCase()].default as string;
    return (runs.steps as { run?: string }[]).flatMap(({ run }) =>
      run === undefined
        ? []
        : run
            .replace('"eden-skills@$VERSION" --config "$CONFIG"', "eden-skills")
            .replaceAll(/ \$\{[^}]*\}/gu, "")
            .replaceAll(/"\$([A-Z]+)"/gu, valueOf),
    );
  });
  expect(parse(recipe)["verify-skills"].script).toEqual(commands);
});
