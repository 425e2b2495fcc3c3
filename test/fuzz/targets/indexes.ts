import { readBundleIndex } from "../../../src/manifest/lockfile/bundle-index.js";
import { RegistryIndex } from "../../../src/manifest/registry/registry-index.js";
import { repositoryAt } from "../../../src/manifest/source/skill-source.js";
import { parseSource } from "../../../src/manifest/source/source-grammar.js";
import { parseMarker } from "../../../src/store/marker.js";
import { readSiteIndex } from "../../../src/skill/site-index.js";
import { entryText } from "../../helpers/registry.js";
import { artifact, listed } from "../../helpers/site-index.js";
import { texts, type Target } from "../target.js";

const parsed = parseSource("acme/registry", { directory: "/p", home: "/h" });
if (parsed.kind === "refused") throw new Error(parsed.reason);
const registry = repositoryAt("acme/registry", parsed);
const limits = { maxFiles: 100, maxFileBytes: 10_000, maxBytes: 100_000, maxDepth: 8 };
const id = "a".repeat(40);
const MANIFEST = 'format_version = 1\nname = "official"\n';
const ENTRY = entryText({
  name: "b",
  description: "B",
  repo: "acme/skills",
  subpath: "b",
  versions: [
    { version: "1.0.0", ref: "main" },
    { version: "1.1.0", commit: id, yanked: true },
  ],
});
const pages = [listed({ a: { "SKILL.md": "x", "b/c.md": "y" } }), artifact("a", "a.zip", "x")];
const siteIndexes = pages
  .flatMap((one) => Object.values(one))
  .filter((page): page is string => typeof page === "string");

/** Lists of skills that others publish. */
export const INDEXES: Target[] = [
  {
    name: "index of a registry",
    seeds: texts(ENTRY, MANIFEST),
    run([bytes]) {
      const open = (files: [string, string][]) => RegistryIndex.open("official", registry, new Map(files), "/h");
      const index = open([
        ["manifest.toml", MANIFEST],
        ["index/b/b.toml", String(bytes)],
      ]);
      return [index.entries(), index.names(), open([["manifest.toml", String(bytes)]]).entries()];
    },
  },
  {
    name: "index of a site",
    seeds: texts(...siteIndexes),
    run: ([bytes = Buffer.alloc(0)]) => readSiteIndex(bytes, limits),
  },
  {
    name: "index of a bundle",
    seeds: texts(
      `{"version":1,"skills":[{"tree":"${id}","id":"a","integrity":"sha256-${"A".repeat(43)}=","files":[{"path":"SKILL.md","mode":"100644","sha256":"${"0".repeat(64)}"}]}]}`,
      `{"version":1,"integrity":"sha256-x","origins":[{"repo":"a","commit":"${id}","subpath":"."}],"safety":{"license":"unknown","risks":[]}}`,
    ),
    run: ([bytes = Buffer.alloc(0)]) => [readBundleIndex(bytes), parseMarker(String(bytes))],
  },
];
