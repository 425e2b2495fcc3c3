import { EdenError, errorMessage, sanitize } from "../errors.js";
import { statusText } from "../git/failures/http-rules.js";
import type { SkillLimits } from "../manifest/document/manifest.js";
import type { SiteContent, SiteSkill } from "../skill/site-index.js";
import { pointerKind } from "../skill/pointer.js";
import { pickSkillFile } from "../skill/skill-file.js";
import { checkEntries, checkLinks, checkSizes } from "../skill/skill-tree.js";
import { blobId } from "../store/tree-id.js";
import type { PackedEntry } from "../system/unpack-tar.js";
import type { SiteFile } from "../workspace/site-place.js";
import { askAgain } from "./ask-again.js";
import { sha256Hex } from "../system/sha256.js";
import { askWeb, parseUrl, type WebAccess, type WebAnswer } from "../web/ask-web.js";

/** Bytes of headers and padding that a tar may have in addition to its files. */
const HEADERS_PER_FILE = 4 * 512;

/** How a skill is fetched: its limits, and where what was fetched before is kept. */
type SkillAccess = WebAccess & { limits: SkillLimits; storageRoot: string };

/**
 * Fetches the files of one skill into memory and validates them like those of a repository.
 * @param index the address at which the index was found.
 * @throws EdenError `INTEGRITY_MISMATCH`, `SKILL_UNSAFE`, `FETCH_NOT_FOUND`, and as `askWeb`.
 */
export async function fetchSiteSkill(
  access: SkillAccess,
  index: URL,
  skill: SiteSkill,
  signal: AbortSignal,
): Promise<SiteFile[]> {
  const { content } = skill;
  const files =
    content.kind === "files"
      ? await fetchFiles(access, new URL(`${skill.name}/`, index), content.paths, signal)
      : await fetchArtifact(
          access,
          artifactUrl(index, skill.name, content.url),
          { ...content, name: skill.name },
          signal,
        );
  return judge(skill.name, files, access.limits);
}

/** The recorded address of a skill's content. */
export function contentUrl(index: URL, { name, content }: SiteSkill): string {
  return content.kind === "files" ? new URL(`${name}/`, index).href : artifactUrl(index, name, content.url).href;
}

async function fetchFiles(
  access: SkillAccess,
  directory: URL,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<SiteFile[]> {
  const files: SiteFile[] = [];
  let left = access.limits.maxBytes;
  for (let at = 0; at < paths.length; at += AT_ONCE) {
    const most = Math.min(left, access.limits.maxFileBytes);
    const fetched = await Promise.allSettled(
      paths.slice(at, at + AT_ONCE).map(async (path): Promise<SiteFile> => {
        const url = new URL(path.split("/").map(encodeURIComponent).join("/"), directory);
        return { path, mode: "100644", content: wholeOf(url, await askAgain(access, url, { maxBytes: most, signal })) };
      }),
    );
    for (const one of fetched) {
      if (one.status === "rejected") throw one.reason;
      files.push(one.value);
      left = Math.max(0, left - one.value.content.length);
    }
  }
  return files;
}

/** Maximum number of files of one skill that are requested in parallel. */
const AT_ONCE = 6;

async function fetchArtifact(
  access: SkillAccess,
  address: URL,
  { name, kind, digest }: Exclude<SiteContent, { kind: "files" }> & { name: string },
  signal: AbortSignal,
): Promise<SiteFile[]> {
  const { maxBytes, maxFileBytes, maxFiles } = access.limits;
  const most = kind === "archive" ? maxBytes : maxFileBytes;
  const packed = wholeOf(address, await askWeb(access, address, { maxBytes: most, signal }));
  const found = sha256Hex(packed);
  if (found !== digest) {
    throw new EdenError("INTEGRITY_MISMATCH", `${name}: the index promises sha256:${digest}, it is sha256:${found}`, {
      stage: "fetch",
      hint: "It was changed on its way, or the index is out of date: tell the site's owner.",
    });
  }
  if (kind === "skill-md") return [{ path: "SKILL.md", mode: "100644", content: packed }];
  const isZip = packed.subarray(0, 2).toString("latin1") === "PK";
  const mostUnpacked = Math.min(isZip ? maxBytes : maxBytes + maxFiles * HEADERS_PER_FILE, 2 ** 31);
  // The libraries for archives are loaded on demand, because every run would pay for them.
  const { unpackTar, UnreadableArchive } = await import("../system/unpack-tar.js");
  const { unpackZip } = await import("../system/unpack-zip.js");
  const files: SiteFile[] = [];
  try {
    for await (const entry of isZip ? unpackZip(packed, mostUnpacked) : unpackTar(packed, mostUnpacked))
      files.push(plain(name, entry));
  } catch (error) {
    if (!(error instanceof UnreadableArchive)) throw error;
    const message = `${name}: the archive cannot be read: ${errorMessage(error)}`;
    throw new EdenError("SKILL_UNSAFE", message, { stage: "fetch" }, error);
  }
  return files;
}

function plain(name: string, { path, kind, executable, content }: PackedEntry): SiteFile {
  if (kind === "other") {
    throw new EdenError("SKILL_UNSAFE", `${name}: ${sanitize(path)} is a device, a pipe or a hard link`, {
      stage: "materialise",
    });
  }
  return { path, mode: kind === "link" ? "120000" : executable ? "100755" : "100644", content };
}

function wholeOf(url: URL, { status, body }: WebAnswer): Buffer {
  if (status === 200) return body;
  throw new EdenError("FETCH_NOT_FOUND", `${sanitize(url.href)} ${statusText(status)}`, {
    stage: "fetch",
    hint: "The index names it: tell the site's owner.",
  });
}

/**
 * Refuses duplicate paths, unsafe names, too large files, links that lead out, and a missing
 * SKILL.md.
 */
function judge(name: string, files: SiteFile[], limits: SkillLimits): SiteFile[] {
  const entries = files.map(({ path, mode, content }) => ({
    path: Buffer.from(path),
    mode,
    oid: blobId(content, "sha1"),
  }));
  const unsafe = (why: string) => new EdenError("SKILL_UNSAFE", `${name}: ${why}`, { stage: "materialise" });
  if (new Set(files.map(({ path }) => path)).size < files.length) throw unsafe("a file is listed twice");
  const places = new Set(files.map(({ path }) => path));
  for (const { path } of files) {
    const parts = path.split("/");
    if (parts.some((_, depth) => depth > 0 && places.has(parts.slice(0, depth).join("/"))))
      throw unsafe(`${sanitize(path)} lies below a file`);
  }
  const checked = checkEntries(entries, limits);
  checkSizes(checked, new Map(entries.map(({ oid }, at) => [oid, files[at]?.content.length ?? 0])), limits);
  const links = files.filter(({ mode }) => mode === "120000");
  checkLinks(checked, new Map(links.map(({ path, content }) => [path, content.toString("utf8")])));
  const skill = skillFileOf(files);
  if (skill === undefined || skill.mode === "120000") throw unsafe("it has no SKILL.md at its root");
  const pointer = pointerKind(skill.content);
  if (pointer !== null) throw unsafe(`its SKILL.md is ${pointer}: its text is not there`);
  return files;
}

/** The skill file; undefined if there is none. */
export function skillFileOf(files: readonly SiteFile[]): SiteFile | undefined {
  const name = pickSkillFile(files.map(({ path }) => path));
  return files.find(({ path }) => path === name);
}

function artifactUrl(index: URL, name: string, text: string): URL {
  const url = parseUrl(text, index);
  if (url !== null && /^https?:$/u.test(url.protocol)) return url;
  throw new EdenError("SITE_INVALID", `${name}: its url is not an address`, { stage: "resolve" });
}
