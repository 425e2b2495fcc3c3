import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SEED } from "../../helpers/seeded.js";
import { formatShortSource, parseShortSource } from "../../../src/manifest/source/short-source.js";
import { formatTargetSpec, parseTargetSpec } from "../../../src/manifest/targets/parse-target-spec.js";

describe("the short form of a source [R-MANIFEST-21]", () => {
  it.each([
    ["acme/skills", { repo: "acme/skills" }],
    ["acme/skills/web", { repo: "acme/skills", subpath: "web" }],
    ["acme/skills/deep/web#v1/x", { repo: "acme/skills", subpath: "deep/web", ref: "v1/x" }],
    ["acme/skills//web", { repo: "acme/skills", subpath: "web" }],
    ["acme/skills#a#b", { repo: "acme/skills", ref: "a#b" }],
    ["acme/skills#", { repo: "acme/skills", ref: "" }],
    ["https://example.com/a/b.git", { repo: "https://example.com/a/b.git" }],
    ["https://example.com/a/b.git//c/d#e", { repo: "https://example.com/a/b.git", subpath: "c/d", ref: "e" }],
    ["ssh://git@example.com:22/a.git//b", { repo: "ssh://git@example.com:22/a.git", subpath: "b" }],
    ["git@example.com:a/b/c.git//d", { repo: "git@example.com:a/b/c.git", subpath: "d" }],
    ["git@example.com:a/b/c.git", { repo: "git@example.com:a/b/c.git" }],
    ["file:///srv/a.git//b#c", { repo: "file:///srv/a.git", subpath: "b", ref: "c" }],
    ["/srv/a//b", { repo: "/srv/a", subpath: "b" }],
    ["./a/b/c", { repo: "./a/b/c" }],
    ["../a/b/c//d", { repo: "../a/b/c", subpath: "d" }],
    ["~/a/b/c", { repo: "~/a/b/c" }],
    ["drafts", { repo: "drafts" }],
    ["", { repo: "" }],
  ])("%s", (text, parts) => {
    expect(parseShortSource(text)).toEqual(parts);
  });

  it("is only written where reading it gives the same parts", () => {
    const part = fc.string({ unit: fc.constantFrom("a", "b", "/", "#", ":", ".", "~", "@"), maxLength: 8 });
    const source = fc.record({ repo: part, ref: fc.option(part, { nil: undefined }), subpath: part });
    fc.assert(
      fc.property(source, ({ repo, ref, subpath }) => {
        const text = formatShortSource({ repo, subpath, ...(ref !== undefined && { ref }) });
        if (text === null) return;
        const read = parseShortSource(text);
        expect([read.repo, read.ref, read.subpath ?? "."]).toEqual([repo, ref, subpath]);
      }),
      { numRuns: 2000, seed: SEED },
    );
    expect(formatShortSource({ repo: "a/b/c", subpath: "d" })).toBeNull();
    expect(formatShortSource({ repo: "acme/a", subpath: "b", ref: "v1" })).toBe("acme/a/b#v1");
    expect(formatShortSource({ repo: "git@x:a", subpath: "b" })).toBe("git@x:a//b");
  });
});

describe("the short form of a target [R-MANIFEST-22]", () => {
  it.each([
    ["cursor", { agent: "cursor", environment: { kind: "local" } }],
    ["docker", { agent: "docker", environment: { kind: "local" } }],
    ["custom:./a:b", { agent: "custom", path: "./a:b", environment: { kind: "local" } }],
    ["docker:box", { agent: "claude-code", environment: { kind: "docker", container: "box" } }],
    ["podman:box:codex", { agent: "codex", environment: { kind: "podman", container: "box" } }],
    ["ssh:me@host:cursor", { agent: "cursor", environment: { kind: "ssh", host: "me@host" } }],
  ])("%s", (spec, target) => {
    expect(parseTargetSpec(spec)).toEqual(target);
    expect(formatTargetSpec(target as Parameters<typeof formatTargetSpec>[0])).toBe(spec);
  });

  it("does not exist for a path of a known agent, or in a container", () => {
    const local = { kind: "local" } as const;
    expect(formatTargetSpec({ agent: "cursor", path: "/x", environment: local })).toBeNull();
    const box = { kind: "docker", container: "box" } as const;
    expect(formatTargetSpec({ agent: "custom", path: "/x", environment: box })).toBeNull();
  });
});
