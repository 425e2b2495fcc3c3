import { isUtf8 } from "node:buffer";
import { join } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import { Capabilities, capabilitiesHash } from "../skill/audit/capabilities.js";
import { followLink } from "../skill/follow-links.js";
import { HEAD_BYTES } from "../skill/front-matter.js";
import { pointerKind } from "../skill/pointer.js";
import { readSkillFile } from "../skill/read-skill-file.js";
import { pickSkillFile } from "../skill/skill-file.js";
import { checkLinks, type SkillFile } from "../skill/skill-tree.js";
import { readBeginning } from "../system/read-files.js";
import { identityOf, type ListedFile } from "./integrity.js";
import { NO_SKILL_FILE, type Marker, type Origin } from "./marker.js";
import { publishEntry, type Staged } from "./publish-entry.js";
import { isLicenseFile, licenseOf, risksOfFile, type RiskLabel } from "./safety.js";
import { StagedFiles } from "./staged-files.js";
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
  readonly #files: StagedFiles;
  readonly #uses = new Map<string, SkillFile[]>();
  readonly #listed: ListedFile[] = [];
  readonly #links = new Map<string, string>();
  readonly #risks = new Set<RiskLabel>();
  readonly #capabilities = new Capabilities();
  readonly #blobs: Record<string, string> = {};
  #bytes = 0;
  readonly #skillFile: string | null;
  readonly #pointers: string[] = [];
  #licenseText: string | null = null;

  constructor(staged: Staged, content: SkillContent) {
    this.#staged = staged;
    this.content = content;
    this.#skillFile = pickSkillFile(content.files.map(({ path }) => path));
    for (const file of content.files) this.#uses.set(file.oid, [...(this.#uses.get(file.oid) ?? []), file]);
    this.#files = new StagedFiles(staged, content.files);
  }

  /** Object ids that must be given to `write`, each once. */
  get wanted(): IterableIterator<string> {
    return this.#uses.keys();
  }

  /**
   * Takes the content of one object; ids that this skill does not use are ignored. Afterwards the
   * buffer may be reused. It may be written later: then its failure is that of a later call.
   * @throws EdenError `FETCH_CORRUPT` when the content is not what its id says, `SKILL_UNSAFE`,
   *   `DISK_FULL` …
   */
  async write(oid: string, content: Buffer): Promise<void> {
    const files = this.#uses.get(oid);
    if (files === undefined) return;
    if (blobId(content, formatOf(oid)) !== oid) {
      throw new EdenError("FETCH_CORRUPT", `object ${oid} does not hash to its id`, { stage: "materialise" });
    }
    const sha256 = sha256Hex(content);
    const regular: SkillFile[] = [];
    for (const file of files) {
      this.#listed.push({ path: file.path, mode: file.mode, sha256 });
      this.#bytes += content.length;
      if (file.mode === "120000") {
        if (!isUtf8(content)) refuse(`the link ${sanitize(file.path)} is not UTF-8`);
        this.#links.set(file.path, content.toString("utf8"));
        continue;
      }
      this.#look(file, content);
      this.#blobs[oid] = file.path;
      regular.push(file);
    }
    this.#uses.delete(oid);
    await this.#files.create(regular, content);
  }

  /**
   * Publishes the skill once every content was given.
   * @returns its marker, as written.
   * @throws EdenError; nothing appears in the store then.
   */
  async finish(): Promise<Marker> {
    if (this.#uses.size > 0)
      throw new EdenError("FETCH_CORRUPT", `${this.#uses.size} objects did not arrive`, { stage: "materialise" });
    await this.#files.written();
    checkLinks(this.content.files, this.#links);
    await this.#files.link(this.#links);
    const skillProblem = await this.#skillProblem();
    const marker: Marker = {
      version: 1,
      tree: this.content.tree,
      ...identityOf(this.#listed),
      executables: this.#listed.flatMap(({ path, mode }) => (mode === "100755" ? [path] : [])).toSorted(),
      files: this.#listed.length,
      bytes: this.#bytes,
      safety: { license: licenseOf(this.#licenseText), risks: [...this.#risks].toSorted() },
      capabilities: capabilitiesHash(await this.#capabilities.listing()),
      skillProblem,
      blobs: this.#blobs,
      origins: [this.content.origin],
    };
    await publishEntry(this.#staged, marker, this.content.id, this.#files.directories);
    await this.#staged.store.writeMarker(marker, this.content.origin, this.#staged.window);
    return marker;
  }

  /** Removes what was staged and not published. */
  async discard(): Promise<void> {
    await this.#files.discard();
  }

  #look(file: SkillFile, content: Buffer): void {
    for (const risk of risksOfFile(file, content)) this.#risks.add(risk);
    this.#capabilities.add({ ...file, content });
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
}

/** Pointers that a message names. */
const MOST_POINTERS = 5;

function refuse(message: string): never {
  throw new EdenError("SKILL_UNSAFE", message, { stage: "materialise" });
}
