import { addEntry, type ForeignFile } from "./foreign-skill.js";

/**
 * Reads the `skills` of a package.json: a list of `owner/repo`, `owner/repo#ref` or any other source, or of `{source, skills?, ref?}`.
 * @returns null for anything else.
 */
export function readPackageJson({ skills }: Readonly<Record<string, unknown>>): ForeignFile | null {
  if (!Array.isArray(skills)) return null;
  const file: ForeignFile = { format: "package.json", skills: [], skipped: [], agents: [] };
  for (const [index, value] of skills.entries()) {
    const entry = (typeof value === "object" && value !== null ? value : { source: value }) as Record<string, unknown>;
    const { source, skills: names, ref } = entry;
    const place = typeof source === "string" ? source : `skills[${index}]`;
    const one =
      typeof source === "string" ? /^(?<from>[^@#:]+\/[^@#:]+)@(?<name>[^/@#]+)$/u.exec(source)?.groups : null;
    const wanted = Array.isArray(names) ? names : one == null ? [] : [one["name"]];
    const from = one?.["from"] ?? source;
    if (!Array.isArray(names) && one == null) addEntry(file, place, { id: place, source: from, ref }, true);
    for (const id of wanted) addEntry(file, place, { id, source: from, ref });
  }
  return file;
}
