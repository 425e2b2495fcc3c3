import type { TargetEnvironment } from "../document/manifest.js";
import { formatEnvironment } from "../targets/target-environment.js";
import { inlineTables, tableLines, type TomlTable } from "./toml-lines.js";

/** A target to write into a manifest. */
export interface TargetDraft {
  agent: string;
  /** Default: the manifest's scope. */
  scope?: string;
  path?: string;
  environment: TargetEnvironment;
}

/** A skill to write into a manifest; omitted fields have their defaults. */
export interface SkillDraft {
  id: string;
  /** Looked up by this name in registries, instead of a repository. */
  registry?: { name: string; version?: string; registry?: string };
  source?: { repo: string; ref?: string; subpath?: string; allowInsecure?: boolean };
  mode?: string;
  priority?: number;
  enabled?: boolean;
  targets: readonly TargetDraft[];
}

/** The table of a `[[skills]]` entry. */
export function skillTable({ id, registry, source, mode, priority, enabled, targets }: SkillDraft): TomlTable {
  return {
    id: registry?.name === id ? undefined : id,
    ...registry,
    priority,
    enabled,
    source: source && {
      repo: source.repo,
      ref: source.ref,
      subpath: source.subpath,
      allow_insecure: source.allowInsecure,
    },
    install: mode === undefined ? undefined : { mode },
    targets: targets.map(targetTable),
  };
}

/** An array of targets on one line. */
export function inlineTargets(targets: readonly TargetDraft[]): string {
  return inlineTables(targets.map(targetTable));
}

/** The lines of one `[[skills.targets]]` table. */
export function targetLines(target: TargetDraft): string[] {
  return ["[[skills.targets]]", ...tableLines(targetTable(target), [])];
}

function targetTable({ agent, scope, path, environment }: TargetDraft): TomlTable {
  return { agent, scope, path, environment: environment.kind === "local" ? undefined : formatEnvironment(environment) };
}
