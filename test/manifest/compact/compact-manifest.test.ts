import { describe, expect, it } from "vitest";
import { compactManifest, type SharedSource } from "../../../src/manifest/compact/compact-manifest.js";
import type { KnownMember, Manifest, ManifestSkill } from "../../../src/manifest/document/manifest.js";
import { seeded } from "../../helpers/seeded.js";
import { read } from "../manifest-world.js";

async function manifestOf(text: string): Promise<Manifest> {
  const { manifest, problems } = await read(text);
  expect(problems).toEqual([]);
  return manifest as Manifest;
}

/** The skills of a manifest whose collections have these members, without positions. */
async function skillsOf(text: string, contentOf: (repo: string) => { id: string; path: string }[]): Promise<string[]> {
  const manifest = await manifestOf(text);
  const members = manifest.collections.flatMap((collection) =>
    contentOf(collection.source.repo)
      .filter(({ id, path }) => collection.wants({ name: id, path }))
      .map(({ id, path }): KnownMember => ({ collection, id, subpath: path })),
  );
  const { manifest: expanded } = await manifest.withMembers(members, new Set());
  const plain = ({ index: _index, collection: _collection, targets, ...skill }: ManifestSkill) =>
    JSON.stringify({
      ...skill,
      targets: targets.map((target) => JSON.stringify({ ...target, agents: target.agents.toSorted() })).toSorted(),
    });
  return (expanded?.skills ?? []).map(plain).toSorted();
}

/** An old manifest of skills of a few sources, and what these sources have. */
function oldManifest(seed: number) {
  const random = seeded(`compact ${seed}`);
  const below = (end: number) => Math.floor(random() * end);
  const sources = Array.from({ length: 1 + below(3) }, (_, at) => `acme/source-${at}`);
  const content = new Map(
    sources.map((repo, at) => [
      repo,
      Array.from({ length: 1 + below(8) }, (_, index) => ({ id: `s${at}-${index}`, path: `skills/s${at}-${index}` })),
    ]),
  );
  const lines = ["version = 1", 'scope = "global"'];
  if (random() < 0.3) lines.push("", "[defaults]", 'targets = ["codex"]');
  const ref = random() < 0.5 ? "" : 'ref = "v1"\n';
  for (const [repo, skills] of content) {
    const isWhole = random() < 0.5;
    for (const { id, path } of skills) {
      if (!isWhole && random() < 0.4) continue;
      lines.push("", `# about ${id}`, "[[skills]]", `id = "${id}"${random() < 0.2 ? " # inside" : ""}`);
      if (random() < 0.1) lines.push("priority = 2");
      if (random() < 0.1) lines.push('groups = ["g"]');
      lines.push("[skills.source]", `repo = "${repo}"`, `${ref}subpath = "${path}"`);
      if (random() < 0.15) lines.push("[skills.install]", 'mode = "copy"');
      for (const agent of random() < 0.8 ? ["claude-code", "cursor"] : ["codex"])
        lines.push("[[skills.targets]]", `agent = "${agent}"`, ...(random() < 0.2 ? ['scope = "global"'] : []));
      if (random() < 0.1) lines.push("[skills.verify]", 'checks = ["path-exists"]');
    }
  }
  // A skill whose id is not its name, and one that its source does not have.
  lines.push("", "[[skills]]", 'id = "renamed"', 'source = { repo = "acme/source-0", subpath = "skills/s0-0" }');
  lines.push('targets = [{ agent = "codex" }]');
  lines.push("", "[[skills]]", 'id = "lost"', 'source.repo = "acme/source-0"', 'source.subpath = "gone"');
  lines.push('targets = [{ agent = "codex" }]', "");
  return { text: lines.join("\n"), content };
}

describe("the short form of a manifest", () => {
  it("has the same skills, for 300 generated manifests [R-COLLECTION-12]", async () => {
    let collections = 0;
    for (let seed = 0; seed < 300; seed += 1) {
      const { text, content } = oldManifest(seed);
      const contentOf = (repo: string) => content.get(repo) ?? [];
      const isPinned = seed % 3 > 0;
      const short = compactManifest(text, ({ repo }) => ({ skills: contentOf(repo), isPinned }));
      expect(await skillsOf(short, contentOf), `${text}\n→\n${short}`).toEqual(await skillsOf(text, contentOf));
      expect(short.split("\n").length).toBeLessThanOrEqual(text.split("\n").length);
      for (const comment of text.match(/#.*$/gmu) ?? []) expect(short).toContain(comment);
      expect(
        compactManifest(short, ({ repo }) => ({ skills: contentOf(repo), isPinned })),
        short,
      ).toBe(short);
      collections += short.match(/^\[\[collections\]\]$/gmu)?.length ?? 0;
    }
    expect(collections).toBeGreaterThan(200);
  });

  it("is 12 lines for 40 skills of three whole sources [R-COLLECTION-12]", () => {
    const content = new Map([20, 15, 5].map((count, at) => [`acme/s${at}`, namesOf(count, at)]));
    const skills = [...content].flatMap(([repo, all]) => all.map((one) => entry(repo, one)));
    const text = `version = 1\nscope = "global"\n${skills.join("")}`;
    const contentOf = ({ repo }: SharedSource) => ({ skills: content.get(repo) ?? [], isPinned: true });
    expect([text.trimEnd().split("\n").length > 300, compactManifest(text, contentOf)]).toEqual([
      true,
      'version = 1\nscope = "global"\n\n[defaults]\ntargets = ["claude-code", "cursor"]\n\n[[collections]]\nrepo = "acme/s0"\n[[collections]]\nrepo = "acme/s1"\n[[collections]]\nrepo = "acme/s2"\n',
    ]);
  });

  it("lists the skills where the source has others, and leaves what it does not know [R-COLLECTION-12]", () => {
    const all = namesOf(4, 0);
    const text = `version = 1\n${all
      .slice(0, 3)
      .map((one) => entry("acme/s0", one))
      .join("")}`;
    const head = 'version = 1\n\n[defaults]\ntargets = ["claude-code", "cursor"]\n';
    expect(compactManifest(text, () => ({ skills: all, isPinned: true }))).toBe(
      `${head}\n[[collections]]\nrepo = "acme/s0"\ninclude = ["s0-0", "s0-1", "s0-2"]\n`,
    );
    expect(compactManifest(text, () => ({ skills: all.slice(0, 3), isPinned: false }))).toContain("include = ");
    const separate = all.slice(0, 3).map(({ id, path }) => `\n[[skills]]\nid = "${id}"\nsource = "acme/s0/${path}"\n`);
    expect(compactManifest(text, () => null)).toBe(`${head}${separate.join("")}`);
  });
});

function namesOf(count: number, source: number) {
  return Array.from({ length: count }, (_, index) => ({
    id: `s${source}-${index}`,
    path: `skills/s${source}-${index}`,
  }));
}

function entry(repo: string, { id, path }: { id: string; path: string }): string {
  return `\n[[skills]]\nid = "${id}"\n[skills.source]\nrepo = "${repo}"\nsubpath = "${path}"\n[[skills.targets]]\nagent = "claude-code"\n[[skills.targets]]\nagent = "cursor"\n`;
}
