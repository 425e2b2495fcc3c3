import { isDeepStrictEqual } from "node:util";
import * as z from "zod/mini";
import { defaultsSchema } from "../document/defaults-schema.js";
import { targetSchema, type TargetDocument } from "../document/target-schema.js";
import { formatEnvironment } from "../targets/target-environment.js";
import type { TargetDraft } from "./skill-draft.js";
import type { TomlTable } from "./toml-lines.js";

/** The targets of `[defaults]` in a document, which may be invalid; none if it has none. */
export function defaultTargetsOf({ defaults }: Record<string, unknown>): TargetDocument[] {
  return z.safeParse(defaultsSchema.shape.targets, (defaults as TomlTable | undefined)?.["targets"]).data ?? [];
}

/** True if two lists of targets mean the same, in any order. */
export function areSameTargets(
  some: readonly (TargetDocument | TargetDraft)[],
  others: readonly (TargetDocument | TargetDraft)[],
): boolean {
  const keys = (targets: typeof some) => [...new Set(targets.map(keyOfTarget))].toSorted();
  return isDeepStrictEqual(keys(some), keys(others));
}

/** A key that equals that of a target with the same agent in the same place. */
export function keyOfTarget({ agent, scope, path, environment }: TargetDocument | TargetDraft): string {
  return JSON.stringify([agent ?? "", scope ?? "", path ?? "", formatEnvironment(environment)]);
}

/** A table of a skill without targets that equal the default ones. */
export function withoutDefaultTargets(
  { targets, ...skill }: TomlTable,
  defaults: readonly TargetDocument[],
): TomlTable {
  const own = z.safeParse(z.array(targetSchema), targets).data ?? [];
  return defaults.length > 0 && areSameTargets(own, defaults)
    ? skill
    : { ...skill, ...(targets !== undefined && { targets }) };
}
