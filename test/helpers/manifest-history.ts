import { isDeepStrictEqual } from "node:util";

/**
 * An entry of a generated manifest; a list is a set. The source of a skill is in the repository of
 * its name beside the manifest, at no ref or at one of the tags v0 to v2.
 */
export interface HistoryEntry {
  table: "skills" | "collections";
  /** Its id, or its repository; no other entry has it, and it never changes. */
  name: string;
  keys: Record<string, string | number | boolean | string[]>;
  comment: string;
}

type Random = () => number;

/** The three versions of a history. */
export interface History {
  base: HistoryEntry[];
  ours: HistoryEntry[];
  theirs: HistoryEntry[];
}

/** A manifest of two to seven entries. */
export function randomManifest(random: Random): HistoryEntry[] {
  return Array.from({ length: 2 + below(random, 6) }, (_, index) => randomEntry(random, `e${index}`));
}

/** The same after one to four changes: entries are added, changed, removed, moved, commented. */
export function branchOf(base: readonly HistoryEntry[], random: Random, branch: string): HistoryEntry[] {
  let entries = base.map((entry) => ({ ...entry, keys: { ...entry.keys } }));
  const count = 1 + below(random, 4);
  for (let step = 0; step < count; step += 1) {
    const at = below(random, entries.length);
    const entry = entries[at];
    switch (below(random, 5)) {
      case 0:
        entries.splice(below(random, entries.length + 1), 0, randomEntry(random, `${branch}${step}`));
        break;
      case 1:
        if (entry !== undefined) changeKey(random, entry);
        break;
      case 2:
        entries = entries.filter((one) => one !== entry);
        break;
      case 3:
        if (entry === undefined) break;
        entries = entries.filter((one) => one !== entry);
        entries.splice(below(random, entries.length + 1), 0, entry);
        break;
      default:
        if (entry !== undefined) entry.comment = `# new ${branch}${step}\n`;
    }
  }
  return entries;
}

/** The text of a manifest. */
export function textOf(entries: readonly HistoryEntry[]): string {
  const head = '# The skills of the team.\nversion = 1\nscope = "project"\n';
  return head + entries.map(entryText).join("");
}

/** The names of what both sides changed differently, as the merge reports them. */
export function conflictsOf({ base, ours, theirs }: History): string[] {
  return namesOf({ base, ours, theirs }).flatMap((name) => {
    const [before, here, there] = [base, ours, theirs].map((side) => side.find((entry) => entry.name === name));
    const [shown] = [here ?? there].map((entry) => `${entry?.table} ${name}`);
    if (here === undefined || there === undefined) {
      const left = here ?? there;
      return before === undefined || left === undefined || isDeepStrictEqual(before.keys, left.keys)
        ? []
        : [shown ?? ""];
    }
    const keys = [...new Set([here, there].flatMap((entry) => Object.keys(entry.keys)))];
    return keys.flatMap((key) =>
      isConflict(before?.keys[key], here.keys[key], there.keys[key]) ? [`${shown} ${key}`] : [],
    );
  });
}

/** The tables of the merged entries, where there is no conflict. */
export function mergedEntries(history: History): Record<string, unknown>[] {
  const { base, ours, theirs } = history;
  return namesOf(history).flatMap((name) => {
    const [before, here, there] = [base, ours, theirs].map((side) => side.find((entry) => entry.name === name));
    if (before !== undefined && (here === undefined || there === undefined)) return [];
    const some = here ?? there;
    if (some === undefined) return [];
    const keys: HistoryEntry["keys"] = {};
    for (const key of KEYS) {
      const value = merged(before?.keys[key], (here ?? some).keys[key], (there ?? some).keys[key]);
      if (value !== undefined) keys[key] = value;
    }
    return [tableOf({ ...some, keys })];
  });
}

/** The name of the entry that has this table. */
export function nameOfTable({ id, repo }: Record<string, unknown>): string {
  return String(id ?? repo);
}

const KEYS = ["source", "priority", "enabled", "targets"];
const OTHER_AGENTS = ["cursor", "codex", "roo", "windsurf"];

type Value = HistoryEntry["keys"][string] | undefined;

function isConflict(before: Value, here: Value, there: Value): boolean {
  if (isDeepStrictEqual(here, there) || isDeepStrictEqual(before, here) || isDeepStrictEqual(before, there))
    return false;
  if (!Array.isArray(here) || !Array.isArray(there)) return true;
  const known = Array.isArray(before) ? before : [];
  const [lostHere, lostThere] = [here, there].map((list) => known.filter((one) => !list.includes(one)));
  const [newHere, newThere] = [
    here.filter((one) => !known.includes(one)),
    there.filter((one) => !known.includes(one) && !here.includes(one)),
  ];
  return lostHere?.some((one) => lostThere?.includes(one)) === true && newHere.length > 0 && newThere.length > 0;
}

function merged(before: Value, here: Value, there: Value): Value {
  if (isDeepStrictEqual(before, here)) return there;
  if (isDeepStrictEqual(before, there) || !Array.isArray(here) || !Array.isArray(there)) return here;
  const known = Array.isArray(before) ? before : [];
  return [
    ...here.filter((one) => there.includes(one) || !known.includes(one)),
    ...there.filter((one) => !known.includes(one) && !here.includes(one)),
  ];
}

function namesOf({ ours, theirs }: History): string[] {
  return [...new Set([...ours, ...theirs].map(({ name }) => name))];
}

function randomEntry(random: Random, name: string): HistoryEntry {
  const table = random() < 0.7 ? "skills" : "collections";
  const entry: HistoryEntry = {
    table,
    name,
    keys: { ...(table === "skills" && { source: sourceOf(name) }), targets: ["claude-code"] },
    comment: random() < 0.4 ? `# about ${name}\n` : "",
  };
  for (let step = 0; step < 2; step += 1) changeKey(random, entry);
  return entry;
}

function changeKey(random: Random, { keys, table, name }: HistoryEntry): void {
  switch (below(random, table === "skills" ? 4 : 3)) {
    case 0:
      keys["priority"] = below(random, 3);
      break;
    case 1:
      keys["enabled"] = random() < 0.5;
      break;
    case 2:
      keys["targets"] = ["claude-code", ...OTHER_AGENTS.filter(() => random() < 0.4)];
      break;
    default:
      keys["source"] = `${sourceOf(name)}#v${below(random, 3)}`;
  }
}

function entryText({ table, name, keys, comment }: HistoryEntry): string {
  const identity = table === "skills" ? `id = "${name}"` : `repo = "${name}"`;
  const lines = KEYS.flatMap((key) => (keys[key] === undefined ? [] : [`${key} = ${JSON.stringify(keys[key])}\n`]));
  return `\n${comment}[[${table}]]\n${identity}\n${lines.join("")}`;
}

function tableOf({ table, name, keys }: HistoryEntry): Record<string, unknown> {
  return { ...(table === "skills" ? { id: name } : { repo: name }), ...keys };
}

function sourceOf(name: string): string {
  return `${name}//${name}`;
}

function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}
