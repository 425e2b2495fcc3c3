import { isDeepStrictEqual } from "node:util";
import * as z from "zod/mini";
import { defaultsSchema } from "../document/defaults-schema.js";
import type { TargetDocument } from "../document/manifest.js";
import { targetSchema } from "../document/target-schema.js";
import { formatEnvironment } from "../targets/target-environment.js";
import type { TargetDraft } from "./skill-draft.js";
import type { TomlTable } from "./toml-lines.js";

type Target = TargetDocument | TargetDraft;

/** A key that equals that of a target with the same agent in the same place, whatever their scopes. */
export function keyOfTarget({ agent, path, environment }: Target): string {
  return JSON.stringify([agent ?? "", path ?? "", formatEnvironment(environment)]);
}

/** True if two lists of targets mean the same, in any order. */
export function areSameTargets(some: readonly Target[], others: readonly Target[]): boolean {
  const keys = (targets: readonly Target[]) =>
    [...new Set(targets.map((target) => `${target.scope ?? ""} ${keyOfTarget(target)}`))].toSorted();
  return isDeepStrictEqual(keys(some), keys(others));
}

/**
 * The table of a skill or a collection without targets and a mode that equal those of
 * `[defaults]`.
 * @param document of the manifest; it may be invalid.
 */
export function withoutDefaults(entry: TomlTable, document: Record<string, unknown>): TomlTable {
  const { targets, mode } = (document["defaults"] ?? {}) as { targets?: unknown; mode?: unknown };
  const defaults = z.safeParse(defaultsSchema.shape.targets, targets).data;
  const own = z.safeParse(z.array(targetSchema), entry["targets"]).data;
  const hasDefaults = defaults !== undefined && own !== undefined && areSameTargets(own, defaults);
  const hasMode = (value: unknown) => mode !== undefined && isDeepStrictEqual(value, mode);
  return {
    ...entry,
    ...(hasDefaults && { targets: undefined }),
    ...(hasMode(entry["mode"]) && { mode: undefined }),
    ...(isDeepStrictEqual(entry["install"], { mode }) && { install: undefined }),
  };
}
