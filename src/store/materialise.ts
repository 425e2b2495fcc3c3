import { isUtf8 } from "node:buffer";
import { dirname, join } from "node:path";
import { EdenError, errorCode, sanitize } from "../errors.js";
import { followLink } from "../skill/follow-links.js";
import { HEAD_BYTES } from "../skill/front-matter.js";
import { pointerKind } from "../skill/pointer.js";
import { readSkillFile } from "../skill/read-skill-file.js";
import { pickSkillFile } from "../skill/skill-file.js";
import { checkLinks, type SkillFile } from "../skill/skill-tree.js";
import { createLink, removeTree } from "../system/change-trees.js";
import { readBeginning } from "../system/read-files.js";
import { createFile } from "../system/create-files.js";
import { flushPath } from "../system/flush.js";
import { makeDirectory } from "../system/write-files.js";
import { identityOf, type ListedFile } from "./integrity.js";
import { NO_SKILL_FILE, type Marker, type Origin } from "./marker.js";
import { publishEntry, type Staged } from "./publish-entry.js";
import { isLicenseFile, licenseOf, risksOfFile, type RiskLabel } from "./safety.js";
import { formatOf } from "../manifest/names/object-id.js";
import { blobId } from "./tree-id.js";
import { sha256Hex } from "../system/sha256.js";

/** One skill to be written: its listing was checked, its tree id verified. */
export interface SkillContent {
  id: string;
  tree: string;
  files: readonly SkillFile[];
  origin: Origin;
}

/**
 * Writes one skill into the store: every content that arrives is checked against its object id,
 * written to staging, and at the end the whole directory is renamed to its place. Nothing else ever
 * writes into the store.
 */
export class Materialiser {
  readonly content: SkillContent;
  readonly #staged: Staged;
  readonly #uses = new Map<string, SkillFile[]>();
  readonly #listed: ListedFile[] = [];
  readonly #links = new Map<string, string>();
  readonly #risks = new Set<RiskLabel>();
  readonly #directories = new Set<string>();
  readonly #blobs: Record<string, string> = {};
  readonly #written: string[] = [];
  #bytes = 0;
  readonly #skillFile: string | null;
  readonly #pointers: string[] = [];
  #licenseText: string | null = null;

  constructor(staged: Staged, content: SkillContent) {
    this.#staged = staged;
    this.content = content;
    this.#skillFile = pickSkillFile(content.files.map(({ path }) => path));
    for (const file of content.files) this.#uses.set(file.oid, [...(this.#uses.get(file.oid) ?? []), file]);
    makeDirectory(staged.path);
  }

  /** Object ids that must be given to `write`, each once. */
  get wanted(): IterableIterator<string> {
    return this.#uses.keys();
  }

  /**
   * Takes the content of one object; ids that this skill does not use are ignored.
   * @throws EdenError `FETCH_CORRUPT` when the content is not what its id says, `SKILL_UNSAFE`,
   *   `DISK_FULL` …
   */
  async write(oid: string, content: Buffer): Promise<void> {
    await refusingLongNames(async () => await this.#write(oid, content));
  }

  async #write(oid: string, content: Buffer): Promise<void> {
    const files = this.#uses.get(oid);
    if (files === undefined) return;
    if (blobId(content, formatOf(oid)) !== oid) {
      throw new EdenError("FETCH_CORRUPT", `object ${oid} does not hash to its id`, { stage: "materialise" });
    }
    const sha256 = sha256Hex(content);
    for (const file of files) {
      this.#listed.push({ path: file.path, mode: file.mode, sha256 });
      this.#bytes += content.length;
      if (file.mode === "120000") {
        if (!isUtf8(content)) refuse(`the link ${sanitize(file.path)} is not UTF-8`);
        this.#links.set(file.path, content.toString("utf8"));
        continue;
      }
      this.#look(file, content);
      this.#makeParent(file.path);
      this.#blobs[oid] = file.path;
      const path = join(this.#staged.path, file.path);
      await createFile(path, content, file.mode === "100755" ? 0o555 : 0o444);
      this.#written.push(path);
    }
    this.#uses.delete(oid);
  }

  /**
   * Publishes the skill once every content was given.
   * @returns its marker, as written.
   * @throws EdenError; nothing appears in the store then.
   */
  async finish(): Promise<Marker> {
    return await refusingLongNames(async () => await this.#finish());
  }

  async #finish(): Promise<Marker> {
    if (this.#uses.size > 0)
      throw new EdenError("FETCH_CORRUPT", `${this.#uses.size} objects did not arrive`, { stage: "materialise" });
    // All at once, after all were created: creating a file waits while another one is being
    // flushed.
    await Promise.all(
      this.#written.map(async (path) => await this.#staged.window.run(async () => await flushPath(path))),
    );
    checkLinks(this.content.files, this.#links);
    for (const [path, text] of this.#links) {
      this.#makeParent(path);
      createLink(text, join(this.#staged.path, path));
    }
    const skillProblem = await this.#skillProblem();
    const marker: Marker = {
      version: 1,
      tree: this.content.tree,
      ...identityOf(this.#listed),
      executables: this.#listed.flatMap(({ path, mode }) => (mode === "100755" ? [path] : [])).toSorted(),
      files: this.#listed.length,
      bytes: this.#bytes,
      safety: { license: licenseOf(this.#licenseText), risks: [...this.#risks].toSorted() },
      skillProblem,
      blobs: this.#blobs,
      origins: [this.content.origin],
    };
    await publishEntry(this.#staged, marker, this.content.id, this.#directories);
    await this.#staged.window.run(async () => await this.#staged.store.writeMarker(marker, this.content.origin));
    return marker;
  }

  /** Removes what was staged. */
  discard(): void {
    removeTree(this.#staged.path);
  }

  #look(file: SkillFile, content: Buffer): void {
    for (const risk of risksOfFile(file, content)) this.#risks.add(risk);
    if (isLicenseFile(file.path)) this.#licenseText ??= content.subarray(0, 64 * 1024).toString("utf8");
    const pointer = pointerKind(content);
    if (pointer !== null) this.#pointers.push(`${sanitize(file.path)} is ${pointer}`);
  }

  async #skillProblem(): Promise<string | null> {
    const pointers = this.#pointers.toSorted().slice(0, MOST_POINTERS);
    const more = this.#pointers.length - pointers.length;
    const about = more > 0 ? [...pointers, `${more} more files are such pointers`] : pointers;
    const path = this.#skillFile === null ? null : followLink(this.#skillFile, this.#links);
    if (this.#skillFile === null || path === null) return [NO_SKILL_FILE, ...about].join("; ");
    const { license, faults } = await readSkillFile(
      this.#skillFile,
      readBeginning(join(this.#staged.path, path), HEAD_BYTES),
    );
    this.#licenseText ??= license;
    return [...faults, ...about].length === 0 ? null : sanitize([...faults, ...about].join("; "));
  }

  #makeParent(path: string): void {
    const parent = dirname(path);
    if (parent === "." || this.#directories.has(parent)) return;
    makeDirectory(join(this.#staged.path, parent));
    for (let directory = parent; directory !== "."; directory = dirname(directory)) this.#directories.add(directory);
  }
}

/** Pointers that a message names. */
const MOST_POINTERS = 5;

/**
 * A name within the general limits may still be too long below this storage, or on an encrypted
 * file system.
 */
async function refusingLongNames<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof EdenError && errorCode(error.cause) === "ENAMETOOLONG")
      refuse("a path of it is too long for the storage directory", error);
    throw error;
  }
}

function refuse(message: string, cause?: unknown): never {
  throw new EdenError("SKILL_UNSAFE", message, { stage: "materialise" }, cause);
}
