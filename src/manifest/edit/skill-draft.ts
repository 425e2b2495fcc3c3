import type { TargetDocument } from "../document/manifest.js";
import { formatEnvironment, type TargetEnvironment } from "../targets/target-environment.js";
import { formatShortSource, type ShortSource } from "../source/short-source.js";
import { formatTargetSpec } from "../targets/parse-target-spec.js";
import { tableLines, type TomlTable } from "./toml-lines.js";

/** A target to write into a manifest. */
export interface TargetDraft {
  agent: string;
  /** Default: the manifest's scope. */
  scope?: string;
  path?: string;
  environment: TargetEnvironment;
}

/** The draft of a target that a manifest already has. */
export function draftOf({ agent = "", scope, path, environment }: TargetDocument): TargetDraft {
  return { agent, ...(scope !== undefined && { scope }), ...(path !== undefined && { path }), environment };
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

/** The table of a `[[skills]]` entry, with source and targets in their short forms if possible. */
export function skillTable({ id, registry, source, mode, priority, enabled, targets }: SkillDraft): TomlTable {
  return {
    id: registry?.name === id ? undefined : id,
    ...registry,
    priority,
    enabled,
    source: source === undefined ? undefined : sourceValue(source),
    install: mode === undefined ? undefined : { mode },
    targets: targets.map(targetValue),
  };
}

/** A collection to write into a manifest. */
export interface CollectionDraft {
  repo: string;
  ref?: string;
  subpath?: string;
  include?: readonly string[];
  exclude?: readonly string[];
  mode?: string;
  /** None: the default ones. */
  targets: readonly TargetDraft[];
}

/** The table of a `[[collections]]` entry, with targets in their short form if possible. */
export function collectionTable({ include = [], exclude = [], targets, ...rest }: CollectionDraft): TomlTable {
  const { repo, ref, subpath, mode } = rest;
  return {
    repo,
    ref,
    subpath: subpath === "." ? undefined : subpath,
    include: include.length === 0 ? undefined : include,
    exclude: exclude.length === 0 ? undefined : exclude,
    mode,
    targets: targets.length === 0 ? undefined : targets.map(targetValue),
  };
}

/** A source in its short form, or a table. */
export function sourceValue({
  allowInsecure,
  ...source
}: ShortSource & { allowInsecure?: boolean }): string | TomlTable {
  const { repo, ref, subpath } = source;
  const short = allowInsecure === undefined ? formatShortSource(source) : null;
  return short ?? { repo, ref, subpath, allow_insecure: allowInsecure };
}

/** A target in its short form, or a table. */
export function targetValue(target: TargetDraft): string | TomlTable {
  const short = target.scope === undefined ? formatTargetSpec(target) : null;
  return short ?? targetTable(target);
}

/** The lines of one `[[skills.targets]]` table. */
export function targetLines(target: TargetDraft): string[] {
  return ["[[skills.targets]]", ...tableLines(targetTable(target), [])];
}

function targetTable({ agent, scope, path, environment }: TargetDraft): TomlTable {
  return { agent, scope, path, environment: environment.kind === "local" ? undefined : formatEnvironment(environment) };
}
