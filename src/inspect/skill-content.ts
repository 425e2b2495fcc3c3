import { join } from "node:path";
import { EdenError } from "../errors.js";
import type { AuditedFile } from "../skill/audit/audited-file.js";
import { capabilitiesOf } from "../skill/audit/capabilities.js";
import type { SkillFile } from "../skill/skill-tree.js";
import { pickSkillFile } from "../skill/skill-file.js";
import { readWholeSkillFile, readFrontMatter } from "../skill/front-matter.js";
import { lstatIfExists, readRegularFile, realPath } from "../system/read-files.js";

/** A file of a skill that is shown. */
export interface ShownFile {
  path: string;
  bytes: number;
  mode: SkillFile["mode"];
}

/** What a skill says about itself, and its files. */
export interface SkillContent {
  /** Of its front matter; null if it has none. */
  name: string | null;
  description: string | null;
  version: string | null;
  license: string | null;
  compatibility: string | null;
  front_matter: Record<string, unknown>;
  /** Faults of the SKILL.md. */
  warnings: string[];
  /** Sorted by path. */
  files: ShownFile[];
  /** Of all files together. */
  bytes: number;
  /** The Markdown of its SKILL.md, after the front matter. */
  text: string;
  /** What it can do, as `capabilitiesOf` lists it. */
  capabilities: string[];
}

/** Bytes of a SKILL.md that are shown. */
const MOST_BYTES = 1024 * 1024;

/** The content of a skill in a directory. @param files those that belong to it. */
export async function contentIn(directory: string, files: readonly Omit<ShownFile, "bytes">[]): Promise<SkillContent> {
  const shown = files.map(({ path, mode }) => {
    return { path, bytes: lstatIfExists(join(directory, path))?.size ?? 0, mode };
  });
  return await contentOf(shown, (path) => readRegularFile(realPath(join(directory, path))).content);
}

/** The content of a skill. @throws EdenError `SKILL_INVALID` if there is no SKILL.md. */
export async function contentOf(files: readonly ShownFile[], read: (path: string) => Buffer): Promise<SkillContent> {
  const skillFile = pickSkillFile(files.map(({ path }) => path));
  if (skillFile === null) throw new EdenError("SKILL_INVALID", "there is no SKILL.md", { stage: "verify" });
  const content = read(skillFile).subarray(0, MOST_BYTES);
  const head = await readFrontMatter(content);
  const whole = await readWholeSkillFile(content);
  const known = "problem" in head ? { warnings: [head.problem] } : { ...head.frontMatter, warnings: head.warnings };
  const { name = null, description = null, license = null, compatibility = null, warnings } = { ...NOTHING, ...known };
  return {
    name,
    description,
    version: whole.version,
    license,
    compatibility,
    front_matter: whole.keys,
    warnings,
    files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    text: whole.body,
    capabilities: await capabilitiesOf(audited(files, read)),
  };
}

function* audited(files: readonly ShownFile[], read: (path: string) => Buffer): Generator<AuditedFile> {
  for (const { path, mode } of files) if (mode !== "120000") yield { path, mode, content: read(path) };
}

const NOTHING = { name: null, description: null, license: null, compatibility: null };
