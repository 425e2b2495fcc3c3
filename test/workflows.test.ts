import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { expect, it } from "vitest";

const root = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

it("every action that ours use is pinned by its commit", () => {
  const files = [
    "action.yml",
    ...readdirSync(new URL(".github/workflows", root)).map((name) => `.github/workflows/${name}`),
  ];
  const uses = files.flatMap((file) => [...read(file).matchAll(/\buses: (.*)$/gmu)].map(([, used]) => used));
  expect(uses.length).toBeGreaterThan(3);
  expect(uses.filter((used) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/u.test(used ?? ""))).toEqual([]);
});

it("the tests run on each supported Node, on Linux and macOS", () => {
  const { jobs } = parse(read(".github/workflows/ci.yml"));
  expect(jobs.test.strategy.matrix).toEqual({ os: ["ubuntu-latest", "macos-latest"], node: [20, 22, 24] });
});
