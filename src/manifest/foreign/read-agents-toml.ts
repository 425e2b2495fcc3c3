import * as z from "zod/mini";
import { addEntry, type ForeignFile } from "./foreign-skill.js";

/** Agents to which that tool gives another id. */
const AGENT_IDS: Readonly<Record<string, string>> = { claude: "claude-code", vscode: "github-copilot" };

/**
 * Reads an `agents.toml`: `agents = [...]`, `[[skills]]` with `name` ("*" for all except those in
 * `exclude`), `source`, `ref` and `path`.
 * @returns null for anything else.
 */
export function readAgentsToml(document: unknown): ForeignFile | null {
  const { data } = z.safeParse(agentsToml, document);
  if (data === undefined) return null;
  const { skills, agents, defaultRepositorySource: host } = data;
  const isOurs = skills.some(({ source }) => typeof source === "object");
  if (isOurs || (skills.length === 0 && agents === null)) return null;
  const ids = (agents ?? [])
    .filter((name) => name !== "")
    .map((name) => (Object.hasOwn(AGENT_IDS, name) ? (AGENT_IDS[name] ?? "") : name));
  const file: ForeignFile = { format: "agents.toml", skills: [], skipped: [], agents: [...new Set(ids)] };
  for (const [index, { name, source, ref, path, exclude }] of skills.entries()) {
    const place = `skills[${index}]`;
    const isAll = name === "*";
    const from = typeof source === "string" ? sourceOf(source, host === "gitlab") : { source };
    if ("reason" in from) file.skipped.push({ id: typeof name === "string" ? name : place, ...from });
    else addEntry(file, place, { id: name, ref, ...from, subpath: path, except: exclude }, isAll);
  }
  return file;
}

const anything = z.optional(z.unknown());
const entry = z.object({ name: anything, source: anything, ref: anything, path: anything, exclude: anything });
const agentsToml = z.object({
  version: z._default(z.literal(1), 1),
  // eslint-disable-next-line promise/valid-params -- it is zod's
  skills: z._default(z.array(z.catch(entry, {})), []),
  // eslint-disable-next-line promise/valid-params -- it is zod's
  agents: z.catch(z.nullable(z._default(z.array(z.catch(z.string(), "")), [])), null),
  defaultRepositorySource: anything,
});

type Source = { source: unknown; ref?: string } | { code: string; reason: string };

/**
 * `owner/repo[@ref]`, `git:URL`, `path:PATH`, or the address of a repository at GitHub or GitLab;
 * any other address belongs to a site.
 */
function sourceOf(text: string, isGitlab: boolean): Source {
  if (text.startsWith("path:")) {
    const path = text.slice("path:".length);
    return { source: /^(?:\/|~|\.{1,2}(?:\/|$))/u.test(path) ? path : `./${path}` };
  }
  if (text.startsWith("git:") && !text.startsWith("git://")) return { source: text.slice("git:".length) };
  const { repo, ref } = /^(?<repo>[^/:@\s]+\/[^/:@\s]+)(?:@(?<ref>\S+))?$/u.exec(text)?.groups ?? {};
  if (repo !== undefined)
    return { source: isGitlab ? `https://gitlab.com/${repo}.git` : repo, ...(ref !== undefined && { ref }) };
  const hosted = /^(?<address>https:\/\/(?:github|gitlab)\.com\/[^@]+)(?:@(?<tag>\S+))?$/u.exec(text)?.groups;
  if (hosted?.["address"] !== undefined) {
    return { source: hosted["address"], ...(hosted["tag"] !== undefined && { ref: hosted["tag"] }) };
  }
  if (/^https?:/u.test(text)) return { code: "INVALID_REPO_URL", reason: "an index on a site is not supported" };
  return { source: text };
}
