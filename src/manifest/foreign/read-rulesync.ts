import * as z from "zod/mini";
import { addEntry, type ForeignFile } from "./foreign-skill.js";

/** Agents to which that tool gives another id. */
const AGENT_IDS: Readonly<Record<string, string>> = {
  claudecode: "claude-code",
  codexcli: "codex",
  copilot: "github-copilot",
  geminicli: "gemini-cli",
};

const anything = z.optional(z.unknown());
const sourceSchema = z.object({
  source: anything,
  skills: anything,
  rules: anything,
  transport: anything,
  ref: anything,
  path: anything,
});
const fileSchema = z.object({
  // eslint-disable-next-line promise/valid-params -- it is zod's
  sources: z.array(z.catch(sourceSchema, {})),
  // eslint-disable-next-line promise/valid-params -- it is zod's
  targets: z.catch(z._default(z.array(z.catch(z.string(), "")), []), []),
});

/**
 * Reads the `sources` of a `rulesync.jsonc`: `{source, skills?, ref?, path?, transport?}`, where a source
 * of GitHub may be `owner/repo@ref:path`. All skills are those below `path`, by default `skills`.
 * A source of rules alone has no skills.
 * @returns null for anything else.
 */
export function readRulesync(document: unknown): ForeignFile | null {
  const { data } = z.safeParse(fileSchema, document);
  if (data === undefined) return null;
  const agents = data.targets.filter((id) => id !== "" && id !== "*").map((id) => AGENT_IDS[id] ?? id);
  const file: ForeignFile = { format: "rulesync.jsonc", skills: [], skipped: [], agents: [...new Set(agents)] };
  for (const [index, { source: written, skills, rules, transport, ref, path }] of data.sources.entries()) {
    if (skills === undefined && rules !== undefined) continue;
    const place = typeof written === "string" ? written : `sources[${index}]`;
    if (transport === "npm") {
      file.skipped.push({ id: place, code: "INVALID_REPO_URL", reason: "it comes from a package of npm" });
      continue;
    }
    const short =
      typeof written === "string" && transport !== "git"
        ? /^(?<source>[^/@:\s]+\/[^/@:\s]+)(?:@(?<ref>[^:\s]+))?(?::(?<path>\S+))?$/u.exec(written)?.groups
        : undefined;
    const from = { source: short?.["source"] ?? written, ref: ref ?? short?.["ref"] };
    const below = short?.["path"] ?? path;
    const directory = typeof below === "string" ? below.replace(/^(?:\.\/?)?$|\/+$/u, "") : below;
    const ids = Array.isArray(skills) && skills.length > 0 && !skills.includes("*") ? skills : null;
    if (ids === null) addEntry(file, place, { ...from, subpath: directory ?? "skills" }, true);
    const inside = typeof directory === "string" && directory !== "" ? `${directory}/` : null;
    for (const id of ids ?? []) {
      addEntry(file, place, { id, ...from, ...(inside !== null && { subpath: `${inside}${String(id)}` }) });
    }
  }
  return file;
}
