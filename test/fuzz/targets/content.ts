import { readAllowedTools, readFrontMatter, readVersion, readWholeSkillFile } from "../../../src/skill/front-matter.js";
import { auditSkill } from "../../../src/skill/audit/audit-skill.js";
import { findHeadValue, readHeadLines } from "../../../src/skill/head-lines.js";
import { PLUGIN_MANIFESTS, readPluginManifests } from "../../../src/skill/plugin-manifests.js";
import { pointerKind } from "../../../src/skill/pointer.js";
import { renameSkill } from "../../../src/skill/rename-skill.js";
import { readSubmodules } from "../../../src/skill/submodules.js";
import { TUNED } from "../../corpus/hostile-tuned.js";
import { fixtures, texts, type Target } from "../target.js";

const hostile = TUNED.flatMap(({ files }) => Object.values(files)).map((content) => Buffer.from(content));

/** What lies in repositories. */
export const CONTENT: Target[] = [
  {
    name: "front matter",
    seeds: [
      ...texts(
        "---\nname: a\ndescription: >\n  What\nallowed-tools: [Bash, 'Read(x)']\nmetadata: {version: '1'}\n---\nText",
      ),
      ...texts("---\nname: &a b\nx: *a\n---\n", "---\r\nname: a\r\ndescription: |\r\n  é\r\n---\r\n"),
      ...fixtures("skills", "SKILL.md"),
    ],
    run: async ([bytes = Buffer.alloc(0)]) => [
      ...(await Promise.all([
        readFrontMatter(bytes),
        readVersion(bytes),
        readWholeSkillFile(bytes),
        readAllowedTools(bytes),
        renameSkill(bytes, "other-name"),
      ])),
      readHeadLines(bytes.toString()),
      findHeadValue(bytes.toString(), "name"),
      pointerKind(bytes),
    ],
  },
  {
    name: "audit",
    seeds: hostile,
    run: async ([content = Buffer.alloc(0)]) =>
      await auditSkill([
        { path: "SKILL.md", mode: "100644", content },
        { path: "scripts/run.sh", mode: "100755", content },
        { path: "link", mode: "120000", content: content.subarray(0, 200) },
      ]),
  },
  {
    name: "manifests of plugins",
    seeds: texts(
      '{"name":"m","metadata":{"pluginRoot":"./plugins"},"plugins":[{"name":"p","source":"./p","skills":["./skills/a"]}]}',
      '{"plugins":[{"name":"q","source":{"source":"github","repo":"a/b"}}]}',
      '[submodule "a"]\n\tpath = a\n\turl = https://h/a.git\n',
    ),
    run: ([bytes]) => [
      readPluginManifests(new Map(PLUGIN_MANIFESTS.map((path) => [path, String(bytes)]))),
      readSubmodules(String(bytes)),
    ],
  },
];
