import { createHash } from "node:crypto";
import { HEAD_BYTES, readAllowedTools } from "../front-matter.js";
import { isSkillFile } from "../skill-file.js";
import { sha256Hex } from "../../system/sha256.js";
import { isRead, isRunnable, type AuditedFile } from "./audited-file.js";
import { hostsIn } from "./hosts.js";
import { interpreterOf } from "./interpreters.js";
import { mcpServersIn } from "./mcp-servers.js";
import { maskSecrets } from "./secrets.js";
import { commandsIn } from "./shell-commands.js";
import { withoutInvisible } from "./skill-text.js";

/** What a capability is about, and the order of the kinds in a listing. */
type Kind = "command" | "file" | "host" | "mcp" | "script" | "tool" | "unread" | "variable";

/** The edition of these rules. It is part of the hash: other rules find other capabilities. */
const EDITION = 1;

/** Capabilities of one kind that are listed one by one. */
const MOST_OF_KIND = 500;

/** Bytes of a file that are examined; what is after them is a capability of its own, `unread`. */
export const MOST_EXAMINED = 1024 * 1024;

/** Characters of a value. */
const LONGEST_VALUE = 200;

/**
 * Collects what a skill can do, as far as its bytes say so: scripts with their interpreters, commands
 * of its documents, hosts, allowed tools, files, variables of the environment, MCP servers. The time
 * is proportional to the size.
 */
export class Capabilities {
  readonly #values = new Map<Kind, Set<string>>();
  #skillFile = { path: "", head: Buffer.alloc(0) };

  /**
   * Adds what one file says, in any order. Its content may be cut after `MOST_EXAMINED` + 1 bytes;
   * afterwards the buffer may be reused.
   */
  add(file: AuditedFile): void {
    const { path, mode } = file;
    if (mode === "120000") return;
    const content = file.content.subarray(0, MOST_EXAMINED);
    if (isRunnable(file)) this.#add("script", `${path} (${interpreterOf(path, content)})`);
    if (!path.includes("/") && isSkillFile(path) && path > this.#skillFile.path)
      this.#skillFile = { path, head: Buffer.from(content.subarray(0, HEAD_BYTES)) };
    if (!isRead(file)) return;
    if (file.content.length > MOST_EXAMINED) this.#add("unread", `${path} after 1 MiB`);
    const text = content.toString("utf8");
    for (const host of hostsIn(text).keys()) this.#add("host", host);
    for (const server of mcpServersIn(path, text)) this.#add("mcp", server);
    for (const command of commandsIn(path, text)) this.#add("command", command);
    for (const [name] of matchesOf(FILES, text)) this.#add("file", plainPath(name));
    for (const { 1: name = "" } of matchesOf(VARIABLES, text)) if (!USUAL.test(name)) this.#add("variable", name);
  }

  /** All capabilities as `kind: value`, sorted by their bytes, each once. */
  async listing(): Promise<string[]> {
    for (const tool of await readAllowedTools(this.#skillFile.head)) this.#add("tool", tool);
    return sorted(
      [...this.#values].flatMap(([kind, values]) => linesOf(kind, sorted(new Set([...values].map(shown))))),
    );
  }

  #add(kind: Kind, value: string): void {
    const values = this.#values.get(kind) ?? new Set();
    this.#values.set(kind, values);
    // A part of a text would keep all of it in memory, for as long as other files are awaited.
    if (!values.has(value)) values.add(Buffer.from(value, "utf16le").toString("utf16le"));
  }
}

/** The listing of some files. */
export async function capabilitiesOf(files: Iterable<AuditedFile>): Promise<string[]> {
  const capabilities = new Capabilities();
  for (const file of files) capabilities.add(file);
  return await capabilities.listing();
}

/** The hash of a listing, as in the lockfile: `1:sha256-<base64>`, with the edition of the rules. */
export function capabilitiesHash(listing: readonly string[]): string {
  const hash = createHash("sha256");
  for (const line of listing) hash.update(`${line}\n`);
  return `${EDITION}:sha256-${hash.digest("base64")}`;
}

/** False if a hash was made by other rules, so that it cannot be compared. */
export function isComparable(hash: string): boolean {
  return hash.startsWith(`${EDITION}:`);
}

/** What an update changes in the capabilities of a skill; both lists are sorted. */
export interface CapabilityDelta {
  added: string[];
  removed: string[];
}

/** @param before empty for a new skill. */
export function capabilityDelta(before: readonly string[], after: readonly string[]): CapabilityDelta {
  const [old, now] = [new Set(before), new Set(after)];
  return { added: after.filter((one) => !old.has(one)), removed: before.filter((one) => !now.has(one)) };
}

function sorted(texts: Iterable<string>): string[] {
  return [...texts].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Hostile content has thousands: the rest is counted, and any change in it still shows. */
function linesOf(kind: Kind, values: readonly string[]): string[] {
  const lines = values.slice(0, MOST_OF_KIND).map((value) => `${kind}: ${value}`);
  const rest = values.slice(MOST_OF_KIND);
  return rest.length === 0 ? lines : [...lines, `${kind}: ${rest.length} more (${hashOf(rest.join("\n"))})`];
}

/** Foreign text on one line without secrets; two long values stay different. */
function shown(value: string): string {
  const text = withoutInvisible(maskSecrets(value.slice(0, 4 * LONGEST_VALUE)));
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}… (${hashOf(value)})`;
}

function hashOf(text: string): string {
  return sha256Hex(text).slice(0, 12);
}

/** Variables that every shell has. */
const USUAL = /^(?:HOME|PATH|PWD|OLDPWD|USER|SHELL|TMPDIR|LANG|LC_\w+|EDITOR|TERM|BASH_SOURCE|IFS|PS1)$/u;

/** A pattern, and texts of which each match contains one: to search for a text is much cheaper. */
interface Clue {
  texts: readonly string[];
  pattern: RegExp;
}

/** How programs and shells read a variable of the environment, and how documents name a secret one. */
const VARIABLES: readonly Clue[] = [
  { texts: [".env."], pattern: /\b(?:process|Bun|import\.meta)\.env\.([A-Za-z_]\w{0,60})/g },
  {
    texts: ["env", "ENV"],
    pattern:
      /\b(?:environ(?:\.get)?|getenv|ENV(?:\.fetch)?|process\.env|env::var(?:_os)?|Deno\.env\.get)\s{0,2}[[(]\s{0,2}["']([A-Za-z_]\w{0,60})["']/g,
  },
  { texts: ["$"], pattern: /\$\{?([A-Z][A-Z0-9_]{2,60})\b/g },
  { texts: ["$"], pattern: /\$(?:\{)?env:([A-Za-z_]\w{0,60})/gi },
  {
    texts: ["_KEY", "_TOKEN", "_SECRET", "_PASSWORD", "_CREDENTIALS"],
    pattern: /\b([A-Z][A-Z0-9]{0,30}(?:_[A-Z0-9]{1,30}){0,4}_(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS))\b/g,
  },
];

/** Files of a home, absolute files, and hidden files that have a meaning for other programs. */
const FILES: readonly Clue[] = [
  {
    texts: ["~", "HOME", "USERPROFILE"],
    pattern: /(?<![\w.~/-])(?:~|\$HOME|\$\{HOME\}|%USERPROFILE%)[/\\][\w.@-][\w.@/\\-]{0,120}/g,
  },
  {
    texts: ["/"],
    pattern:
      /(?<![\w./:~}!$-])\/(?:bin|boot|dev|etc|home|lib|opt|private|proc|root|run|sbin|srv|sys|tmp|usr|var|Applications|Library|System|Users|Volumes)\/(?!null\b|std(?:in|out|err)\b)[\w.@-][\w.@/-]{0,120}/g,
  },
  {
    texts: ["."],
    pattern:
      /(?<![\w./\\~$*-])\.(?:env(?:\.\w{1,20})?|[a-z][a-z0-9_-]{1,30}rc|netrc|pgpass|gitconfig|git-credentials|profile|bash_profile|zprofile|zshenv|mcp\.json|(?:agents|ssh|aws|azure|kube|docker|gnupg|config|claude|codex|cursor|gemini|git|github|vscode|npm|cargo)\/[\w.-][\w./-]{0,120})(?![\w/-])/g,
  },
];

function* matchesOf(clues: readonly Clue[], text: string): Generator<RegExpExecArray> {
  for (const { texts, pattern } of clues) if (texts.some((one) => text.includes(one))) yield* text.matchAll(pattern);
}

/** One spelling for a home, and no punctuation of the sentence around it. */
function plainPath(path: string): string {
  return path
    .replace(/^(?:\$HOME|\$\{HOME\}|%USERPROFILE%)/u, "~")
    .replaceAll("\\", "/")
    .replace(/[./-]{1,20}$/u, "");
}
