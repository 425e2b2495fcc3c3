import * as z from "zod/mini";
import { addEntry, type ForeignFile } from "./foreign-skill.js";
import { addPackage, apmKey, apmKeyOf, isSingleFile, NO_SKILL, type ApmPackage } from "./read-apm-lock.js";
import { readFields } from "./read-fields.js";

/** Agents to which that tool gives another id. */
const AGENT_IDS: Readonly<Record<string, string>> = {
  claude: "claude-code",
  copilot: "github-copilot",
  vscode: "github-copilot",
  gemini: "gemini-cli",
  kiro: "kiro-cli",
  "grok-build": "grok",
  "agent-skills": "universal",
};

const optional = <S extends z.core.$ZodType>(schema: S) => z.optional(z.nullable(schema));
const string = optional(z.string());
const objectSchema = z.object({
  git: string,
  path: string,
  ref: string,
  skills: optional(z.array(z.string())),
  id: string,
  registry: string,
  name: string,
  marketplace: string,
});
const dependenciesSchema = optional(
  z.object({
    apm: optional(z.array(z.union([z.string(), objectSchema]))),
    mcp: optional(z.array(z.unknown())),
    lsp: optional(z.array(z.unknown())),
  }),
);
const names = optional(z.union([z.string(), z.array(z.string())]));
const fileSchema = z.object({
  name: z.string(),
  dependencies: dependenciesSchema,
  devDependencies: dependenciesSchema,
  target: names,
  targets: names,
});

/** True for a document that is an `apm.yml`. */
export function isApm(document: unknown): boolean {
  const { data } = z.safeParse(z.looseObject({ name: z.unknown(), version: z.unknown() }), document);
  return data?.name !== undefined && data.version !== undefined;
}

/**
 * Reads an `apm.yml`: the packages in `dependencies.apm` and `devDependencies.apm`, and with its lock
 * file their commits, and the packages that these packages need.
 * @param packages those of `apm.lock.yaml`; none without it.
 * @throws EdenError `IMPORT_INVALID` that names the first wrong field.
 */
export function readApm(document: unknown, packages: readonly ApmPackage[]): ForeignFile {
  const { dependencies, devDependencies, target, targets } = readFields(fileSchema, document);
  const agents = [targets ?? target ?? []].flat();
  const ids = agents.includes("all") ? [] : agents.map((name) => AGENT_IDS[name] ?? name);
  const file: ForeignFile = { format: "apm.yml", skills: [], skipped: [], agents: [...new Set(ids)] };
  const locked = new Map(packages.map((one) => [apmKeyOf(one), one]));
  for (const [part, list] of Object.entries({ dependencies, devDependencies })) {
    for (const [index, one] of (list?.apm ?? []).entries()) addDependency(file, `${part}.apm[${index}]`, one, locked);
    for (const kind of ["mcp", "lsp"] as const) {
      if ((list?.[kind] ?? []).length === 0) continue;
      const reason = `${kind.toUpperCase()} servers are no skills: they stay with apm`;
      file.skipped.push({ id: `${part}.${kind}`, code: "SETTINGS_LEFT", reason });
    }
  }
  for (const one of locked.values()) if ((one.depth ?? 1) > 1) addPackage(file, one.repo_url ?? "", one);
  return file;
}

type Dependency = string | z.infer<typeof objectSchema>;

/** @param locked packages by key; one that is found is removed. */
function addDependency(file: ForeignFile, place: string, one: Dependency, locked: Map<string, ApmPackage>): void {
  const written = typeof one === "string" ? fromText(one) : one;
  const { git, path, ref, skills, id, registry, name, marketplace } = written;
  const refuse = (reason: string) =>
    void file.skipped.push({ id: id ?? name ?? git ?? place, code: "INVALID_REPO_URL", reason });
  if (marketplace != null) {
    const found = [...locked].find(([, { marketplace_plugin_name: plugin }]) => plugin === name);
    if (found === undefined) return refuse("only apm knows its marketplace, and apm.lock.yaml does not have it");
    locked.delete(found[0]);
    return addPackage(file, place, found[1]);
  }
  if (id != null || registry != null) return refuse("it comes from a registry of apm");
  if (git == null) return addEntry(file, path ?? place, { source: path ?? undefined }, true);
  if (git === "parent") return refuse("it lies beside a package that needs it");
  const key = apmKey(git, path);
  if (isSingleFile(path ?? git)) {
    file.skipped.push({ id: [git, path ?? []].flat().join("/"), ...NO_SKILL });
    return;
  }
  const found = locked.get(key);
  const isRange = ref != null && /^[\^~<>=*]|\s|\.x(?:$|\.)|\|\|/u.test(ref);
  const subset = (skills ?? []).includes("*") ? [] : (skills ?? []);
  if (found !== undefined) {
    locked.delete(key);
    const kept = { ...found, skill_subset: subset };
    return isRange ? addPackage(file, git, kept) : addPackage(file, git, kept, ref ?? "");
  }
  if (isRange) {
    const reason = `it follows versions (${ref}), and apm.lock.yaml does not have it: name a tag or a branch`;
    file.skipped.push({ id: git, code: "INVALID_REF", reason });
    return;
  }
  const source = /^[^/:]+\.[^/:]+(?::\d+)?\/[^/]+\//u.test(git) ? `https://${git}` : git;
  addEntry(file, git, { source, ref: ref ?? "", subpath: path ?? undefined, only: subset }, true);
}

/** A dependency in one string: an address, a path, or `[host/]owner/repo[/path]`, and `#ref` behind it. */
function fromText(text: string): Partial<z.infer<typeof objectSchema>> {
  if (/^(?:\.{1,2}|~)?[/\\]/u.test(text)) return { path: text };
  const [, address = text, ref] = /^([^#]*)(?:#(.*))?$/su.exec(text) ?? [];
  return { git: address, ...(ref !== undefined && { ref }) };
}
