import { EdenError } from "../errors.js";
import type { ManifestSkill } from "../manifest/document/manifest.js";
import { checkSizes } from "../skill/skill-tree.js";
import type { Materialiser } from "../store/materialise.js";
import type { Marker } from "../store/marker.js";
import type { ListedSkill } from "./list-skills.js";
import { reportActivity } from "./report-activity.js";
import type { Fail } from "./resolve-commits.js";
import type { Sync } from "./sync.js";

/**
 * The skills of one repository while they are written into the store: contents arrive in any order,
 * a shared one once. A skill that turns out to be unsafe, or too large, fails alone; a content that
 * is too large is never held in memory.
 */
export class SkillWriters {
  readonly #skills = new Map<Materialiser, ListedSkill>();
  readonly #abandoned: Materialiser[] = [];
  /** The skills that still wait for an object. */
  readonly #wanting = new Map<string, Materialiser[]>();
  readonly #sizes = new Map<string, number>();
  #isWriting = false;

  constructor(
    private readonly sync: Sync,
    skills: readonly ListedSkill[],
    private readonly fail: Fail,
  ) {
    for (const one of skills) {
      const writer = sync.writer.write(one.content);
      this.#skills.set(writer, one);
      for (const oid of writer.wanted) this.#wanting.set(oid, [...(this.#wanting.get(oid) ?? []), writer]);
    }
  }

  /** Object ids that some skill still waits for, each once. */
  get wanted(): string[] {
    return [...this.#wanting.keys()];
  }

  /** @returns false when no skill waits for it, or none may have a content of that size. */
  accepts(oid: string, size: number): boolean {
    this.#sizes.set(oid, size);
    for (const writer of this.#wanting.get(oid) ?? []) {
      try {
        checkSizes(writer.content.files, this.#sizes, this.sync.plan.manifest.limits);
      } catch (error) {
        this.#giveUp(writer, error);
      }
    }
    return this.#wanting.has(oid);
  }

  /** Afterwards the buffer may be reused; while it is pending, nothing more should be sent. */
  async take(oid: string, content: Buffer): Promise<void> {
    const writers = this.#wanting.get(oid) ?? [];
    this.#wanting.delete(oid);
    this.#reportStart(writers);
    for (const writer of writers) {
      if (this.#skills.has(writer))
        await writer.write(oid, content).catch((error: unknown) => this.#giveUp(writer, error));
    }
  }

  /** Fails the skills that wait for one of these objects. */
  refuse(oids: readonly string[], error: EdenError): void {
    for (const writer of oids.flatMap((oid) => this.#wanting.get(oid) ?? [])) this.#abandon(writer, error);
  }

  /** The skills that wait for one of these objects. */
  waitingFor(oids: readonly string[]): Set<ManifestSkill> {
    const writers = oids.flatMap((oid) => this.#wanting.get(oid) ?? []);
    return new Set(writers.flatMap((writer) => this.#skills.get(writer)?.skill ?? []));
  }

  /**
   * Publishes what is complete.
   * @throws EdenError when a content is missing, or cannot be written.
   */
  async finish(): Promise<{ one: ListedSkill; marker: Marker }[]> {
    const published = [...this.#skills].map(async ([writer, one]) => {
      try {
        return [{ one, marker: await writer.finish() }];
      } catch (error) {
        this.#giveUp(writer, error);
        return [];
      }
    });
    const settled = await Promise.allSettled(published);
    return settled.flatMap((result) => {
      if (result.status === "rejected") throw result.reason;
      return result.value;
    });
  }

  /** Removes what was staged and not published. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#skills.keys(), ...this.#abandoned].map(async (writer) => await writer.discard()));
  }

  #reportStart([writer]: readonly Materialiser[]): void {
    const one = writer === undefined ? undefined : this.#skills.get(writer);
    if (one === undefined || this.#isWriting) return;
    this.#isWriting = true;
    reportActivity(this.sync, one, "writing");
  }

  #giveUp(writer: Materialiser, error: unknown): void {
    if (!(error instanceof EdenError) || error.code !== "SKILL_UNSAFE") throw error;
    this.#abandon(writer, error);
  }

  #abandon(writer: Materialiser, error: EdenError): void {
    const one = this.#skills.get(writer);
    if (one === undefined) return;
    this.fail(one, error);
    this.#skills.delete(writer);
    this.#abandoned.push(writer);
    for (const oid of writer.wanted) {
      const others = (this.#wanting.get(oid) ?? []).filter((other) => other !== writer);
      if (others.length === 0) this.#wanting.delete(oid);
      else this.#wanting.set(oid, others);
    }
  }
}
