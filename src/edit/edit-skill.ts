import { EdenError, type Problem } from "../errors.js";
import { changeGlobs } from "../manifest/edit/edit-collections.js";
import { appendSkill, changeSkill, removeSkill } from "../manifest/edit/edit-skills.js";
import type { SkillChanges } from "../manifest/edit/skill-changes.js";
import { portablePath } from "../manifest/edit/target-spec.js";
import type { Manifest, ManifestSkill } from "../manifest/document/manifest.js";
import { parseSource } from "../manifest/source/source-grammar.js";
import { currentHost, type Host } from "../system/host.js";
import { chosenTargets, namedTargets } from "./chosen-targets.js";
import { editManifest } from "../workspace/edit-manifest.js";
import { inventorySkill, type InventorySkill } from "./inventory.js";
import type { RunOptions } from "../run/options.js";
import { requireApart } from "../workspace/require-apart.js";
import { select } from "../workspace/select.js";

/** The document of `add --json` and `set --json`. */
export interface EditReport {
  schema_version: 1;
  command: "add" | "set";
  manifest: string;
  skill: InventorySkill;
}

type EditOptions = Pick<RunOptions, "manifest" | "strict" | "host" | "signal" | "warn">;
/** The fields of a skill that `add` and `set` write. */
export type Words = Omit<SkillChanges, "targets">;

/**
 * Adds a skill to the manifest; installs nothing.
 * @param targets from the command line; if empty, the agents that are installed here.
 * @throws EdenError the problems that the manifest would have, such as `DUPLICATE_SKILL_ID`;
 *   nothing is written.
 */
export async function addSkill(
  options: EditOptions,
  words: Words & { id: string; repo: string },
  targets: readonly string[],
): Promise<EditReport> {
  const host = options.host ?? currentHost();
  const { manifest } = await editApart(options, words.id, async (text, before) => {
    const { id, repo, ref, subpath, mode, priority, enabled } = words;
    return await appendSkill(text, {
      id,
      source: {
        repo: portableSource(repo, before, host),
        ...(ref !== undefined && { ref }),
        ...(subpath !== undefined && { subpath }),
      },
      ...(mode !== undefined && { mode }),
      ...(priority !== undefined && { priority }),
      ...(enabled !== undefined && { enabled }),
      targets: chosenTargets(targets, before, host).targets,
    });
  });
  return reportOf("add", manifest, words.id);
}

/**
 * Changes the manifest entry of a skill; installs nothing.
 * @throws EdenError `UNKNOWN_SKILL`, and as `addSkill`.
 */
export async function setSkill(
  options: EditOptions,
  { id, changes: words, targets }: { id: string; changes: Words; targets: readonly string[] },
): Promise<EditReport> {
  const host = options.host ?? currentHost();
  const { manifest } = await editApart(options, words.id ?? id, async (text, before) => {
    const [skill] = select(before, { ids: [id] });
    if (skill?.collection !== undefined) throw isMember(id, skill.collection.key);
    if (words.version !== undefined && skill?.source.kind !== "registry") throw noRange(id);
    return await changeSkill(text, skill?.index ?? 0, {
      ...words,
      ...(words.repo !== undefined && { repo: portableSource(words.repo, before, host) }),
      ...(targets.length > 0 && { targets: namedTargets(targets, before, host) }),
    });
  });
  return reportOf("set", manifest, words.id ?? id);
}

function isMember(id: string, key: string): EdenError {
  return new EdenError("USAGE", `${id} has no entry of its own: it is a member of the collection ${key}`, {
    hint: "Change the collection in the manifest, or add a [[skills]] entry with this id: it replaces the member.",
  });
}

function noRange(id: string): EdenError {
  return new EdenError("USAGE", `--version: ${id} comes from no registry, and has no range of versions`, {
    hint: "`--ref` is the branch, tag or commit of a repository; `eden-skills --version` prints the version of this program.",
  });
}

/**
 * Removes skills from the manifest; uninstalls nothing. A member of a collection is added to its
 * `exclude`.
 * @returns the manifest without them, and the removed skills.
 * @throws EdenError `UNKNOWN_SKILL`, and as `addSkill`.
 */
export async function takeOutSkills(
  options: EditOptions,
  ids: readonly string[],
): Promise<{ manifest: Manifest; warnings: Problem[]; former: ManifestSkill[] }> {
  let former: ManifestSkill[] = [];
  const edited = await editManifest(options, async (text, before) => {
    let shorter = text;
    // The last one first, so that the positions of the others do not change.
    const unwanted = select(before, { ids }).toSorted((a, b) => b.index - a.index);
    for (const { id, index, collection } of unwanted) {
      if (collection === undefined) shorter = await removeSkill(shorter, index);
      else {
        const { prefix = "" } = before.collections.find((one) => one.index === collection.index) ?? {};
        shorter = await changeGlobs(shorter, collection.index, "exclude", { add: [id.slice(prefix.length)] });
      }
    }
    former = unwanted;
    return shorter;
  });
  return { ...edited, former };
}

/**
 * As `editManifest`, for a change of one skill: its targets must not overlap the sources of skills.
 */
async function editApart(
  options: EditOptions,
  id: string,
  edit: (text: string, manifest: Manifest) => Promise<string>,
): Promise<{ manifest: Manifest; warnings: Problem[] }> {
  return await editManifest(options, edit, ({ skills }) =>
    requireApart(
      skills,
      skills.filter((skill) => skill.id === id),
    ),
  );
}

/** A source as typed, with a relative path rewritten for the manifest's directory. */
export function portableSource(typed: string, { directory }: Pick<Manifest, "directory">, host: Host): string {
  const parsed = parseSource(typed, { directory: host.cwd, home: host.home, allowInsecure: true });
  return parsed.kind === "path" ? portablePath(typed, { ...host, manifestDirectory: directory }) : typed;
}

function reportOf(command: EditReport["command"], manifest: Manifest, id: string): EditReport {
  const [skill] = select(manifest, { ids: [id] });
  if (skill === undefined) throw new Error(`${id} is not in the manifest that was just written`);
  return { schema_version: 1, command, manifest: manifest.path, skill: inventorySkill(skill, "") };
}
