import type { TargetEnvironment } from "../manifest.js";
import { formatEnvironment } from "../target-environment.js";

/** A target as it is written into a manifest. */
export interface TargetDraft {
  agent: string;
  path?: string;
  environment: TargetEnvironment;
}

/** A skill as it is written into a manifest; what is left out has its default. */
export interface SkillDraft {
  id: string;
  /** Looked up by this name instead of a repository. */
  registry?: { name: string; version?: string; registry?: string };
  source?: { repo: string; ref?: string; subpath?: string; allowInsecure?: boolean };
  mode?: string;
  priority?: number;
  enabled?: boolean;
  targets: readonly TargetDraft[];
}

/** Text, number or flag as TOML; JSON's escapes are a part of TOML's, but for DEL. */
export function tomlValue(value: string | number | boolean): string {
  return JSON.stringify(value).replaceAll("\u007f", String.raw`\u007f`);
}

/** The lines of a `[[skills]]` entry. */
export function skillLines(draft: SkillDraft): string[] {
  const { registry, source } = draft;
  const lines = ["[[skills]]"];
  if (registry === undefined || registry.name !== draft.id) lines.push(...pairs({ id: draft.id }));
  if (registry !== undefined) lines.push(...pairs(registry));
  lines.push(...pairs({ priority: draft.priority, enabled: draft.enabled }));
  if (source !== undefined) lines.push("[skills.source]", ...pairs(sourcePairs(source)));
  if (draft.mode !== undefined) lines.push("[skills.install]", ...pairs({ mode: draft.mode }));
  for (const target of draft.targets) lines.push("[[skills.targets]]", ...pairs(targetPairs(target)));
  return lines;
}

/** The same as an inline table, for a manifest that writes its skills as an array. */
export function inlineSkill(draft: SkillDraft): string {
  const { id, registry, source, mode, priority, enabled, targets } = draft;
  const parts = [
    ...pairs({ id, ...registry, priority, enabled }),
    ...(source === undefined ? [] : [`source = ${inlineTable(sourcePairs(source))}`]),
    ...(mode === undefined ? [] : [`install = ${inlineTable({ mode })}`]),
    `targets = ${inlineTargets(targets)}`,
  ];
  return `{ ${parts.join(", ")} }`;
}

/** An array of targets on one line. */
export function inlineTargets(targets: readonly TargetDraft[]): string {
  return `[${targets.map((target) => inlineTable(targetPairs(target))).join(", ")}]`;
}

/** The lines of one `[[skills.targets]]` table. */
export function targetLines(target: TargetDraft): string[] {
  return ["[[skills.targets]]", ...pairs(targetPairs(target))];
}

type Pairs = Readonly<Record<string, string | number | boolean | undefined>>;

function sourcePairs({ repo, ref, subpath, allowInsecure }: NonNullable<SkillDraft["source"]>): Pairs {
  return { repo, ref, subpath, allow_insecure: allowInsecure };
}

function targetPairs({ agent, path, environment }: TargetDraft): Pairs {
  return { agent, path, environment: environment.kind === "local" ? undefined : formatEnvironment(environment) };
}

function pairs(table: Pairs): string[] {
  return Object.entries(table).flatMap(([key, value]) => (value === undefined ? [] : [`${key} = ${tomlValue(value)}`]));
}

function inlineTable(table: Pairs): string {
  return `{ ${pairs(table).join(", ")} }`;
}
