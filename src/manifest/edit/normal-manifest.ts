import { isDeepStrictEqual } from "node:util";
import * as z from "zod/mini";
import { manifestSchema } from "../document/manifest-schema.js";
import { defaultChecks } from "../document/manifest-skill.js";
import type { InstallMode } from "../document/manifest.js";
import { tableLines, type TomlScalar, type TomlTable } from "./toml-lines.js";

/** A manifest's document in its normal form. */
export interface NormalManifest extends TomlTable {
  scope?: "global" | "project";
  storage?: TomlTable & { root?: string };
  policy?: NormalPolicy;
  defaults?: TomlTable & { targets?: readonly NormalTarget[]; mode?: InstallMode };
  agents?: Readonly<Record<string, TomlTable & { global?: string }>>;
  registries?: Readonly<Record<string, NormalRegistry>>;
  collections?: readonly NormalCollection[];
  skills?: readonly NormalSkill[];
}

export interface NormalPolicy extends TomlTable {
  extends?: string;
  sources?: NormalLists;
  registries?: NormalLists;
  sites?: NormalLists;
  signatures?: TomlTable & { allowed_signers?: string; gpg_home?: string };
}

type NormalLists = TomlTable & { allow?: string[]; deny?: string[] };

export interface NormalRegistry extends TomlTable {
  url: string;
}

export interface NormalCollection extends TomlTable {
  repo: string;
  targets?: readonly NormalTarget[];
}

export interface NormalSkill extends TomlTable {
  id?: string;
  name?: string;
  registry?: string;
  source?: string | (TomlTable & { repo?: string });
  install?: TomlTable & { mode?: InstallMode };
  verify?: TomlTable & { checks?: string[] };
  targets?: readonly NormalTarget[];
}

/** In its short form, or a table. */
export type NormalTarget = string | (TomlTable & { agent: string; path?: string; environment?: string });

/**
 * The normal form of a valid document: without defaults and unknown keys, with keys in the order of
 * the schema. A target's own scope stays, since another manifest may have another default.
 */
export function normalManifest(document: unknown): NormalManifest {
  const { skills, ...rest } = (normal(document, manifestSchema) ?? {}) as NormalManifest;
  const mode = rest.defaults?.mode ?? "symlink";
  return skills === undefined ? rest : { ...rest, skills: skills.map((skill) => shortSkill(skill, mode)) };
}

/** The text of a manifest. */
export function formatManifest({ skills = [], ...rest }: NormalManifest): string {
  const isBlock = ([, value]: [string, unknown]) => typeof value === "object";
  const entries = Object.entries(rest);
  const blocks = [
    tableLines(Object.fromEntries(entries.filter((entry) => !isBlock(entry))), []),
    ...entries.filter(isBlock).map(([key, value]) => tableLines({ [key]: value }, [])),
    ...skills.map((skill) => ["[[skills]]", ...tableLines(skill, ["skills"])]),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

type Normal = TomlTable[string];

function normal(value: unknown, schema: z.core.$ZodType): Normal {
  if (value === undefined) return undefined;
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "optional":
      return normal(value, def.innerType);
    case "default":
    case "prefault": {
      const isDefault = isDeepStrictEqual(z.safeParse(schema, value).data, z.parse(schema, undefined));
      return isDefault ? undefined : normal(value, def.innerType);
    }
    case "object":
      return filled(
        Object.entries(def.shape).map(([key, child]) => [key, normal((value as Record<string, unknown>)[key], child)]),
      );
    case "record":
      return filled(Object.entries(value as object).map(([key, entry]) => [key, normal(entry, def.valueType)]));
    case "union": {
      const table = def.options.find((option) => (option as z.core.$ZodTypes)._zod.def.type === "object");
      return table === undefined || typeof value !== "object" ? (value as TomlScalar) : normal(value, table);
    }
    case "array":
      return (value as unknown[]).map((item) => normal(item, def.element)) as TomlTable[];
    default: {
      // For instance the normal spelling of a subpath; values that are parsed into numbers stay as
      // written.
      const read = z.safeParse(schema, value).data;
      return typeof read === "string" ? read : (value as TomlScalar);
    }
  }
}

function filled(entries: [string, Normal][]): TomlTable | undefined {
  const left = entries.filter(([, value]) => value !== undefined);
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

/** Without redundant keys: an id that equals its name, the default mode, the checks of its mode. */
function shortSkill(skill: NormalSkill, defaultMode: InstallMode): NormalSkill {
  const { verify, install } = skill;
  const isUsual = isDeepStrictEqual(verify?.checks, defaultChecks(install?.mode ?? defaultMode));
  const entries = Object.entries(skill).map(([key, value]): [string, Normal] => {
    if (key === "id" && value === skill.name) return [key, undefined];
    if (key === "install" && install?.mode === defaultMode) return [key, undefined];
    if (key !== "verify" || !isUsual) return [key, value];
    return [key, filled(Object.entries(value as TomlTable).filter(([name]) => name !== "checks"))];
  });
  return filled(entries) as NormalSkill;
}
