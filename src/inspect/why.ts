import { resolve, sep } from "node:path";
import { planRun } from "../deploy/plan-run.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { lockedRegistrySkills } from "../registry/locked-skills.js";
import type { RunOptions } from "../run/options.js";
import { currentHost } from "../system/host.js";
import { lstatIfExists } from "../system/read-files.js";
import { lookAtMachine } from "../workspace/machine.js";
import { manifestPlace } from "../workspace/manifest-place.js";
import { select } from "../workspace/select.js";
import { ownerOfPath, type WhyPath } from "./why-path.js";
import { whySkill, type WhySkill } from "./why-skill.js";

/** The document of `why --json`. */
export interface WhyReport {
  schema_version: 1;
  command: "why";
  /** The skill of the manifest; null if the path belongs to none. */
  skill: WhySkill | null;
  /** About the path; null if a skill was named. */
  path: WhyPath | null;
}

/**
 * Why a skill, or what is at a path, is on this machine. It reads only.
 * @param subject an id in the manifest, else a path.
 * @throws EdenError `UNKNOWN_SKILL`, `STATE_UNREADABLE`; as `loadManifest`, except that no manifest
 *   is necessary for a path.
 */
export async function why(options: RunOptions, subject: string): Promise<WhyReport> {
  const host = options.host ?? currentHost();
  const { manifest: written } = await manifestPlace(options, false);
  const machine = lookAtMachine(written, host.home, false);
  const manifest = await lockedRegistrySkills(written, machine.found.lockfile, host.home);
  const isSkill = manifest.skills.some(({ id }) => id === subject);
  const path = isSkill ? null : pathOf(subject, manifest, host.cwd);
  const owner = path === null ? null : ownerOfPath(machine, path);
  const id = isSkill ? subject : (owner?.skill ?? null);
  const skill = manifest.skills.find((one) => one.id === id);
  if (skill === undefined) return { schema_version: 1, command: "why", skill: null, path: owner };
  const job = { manifest: written, selected: [skill], scope: new Set([skill.id]), notices: [] };
  const items = (await planRun(quiet(options), job, "skip")).filter(({ action }) => action !== "remove");
  const about = await whySkill({ machine: { ...machine, manifest }, host, skill, items });
  return { schema_version: 1, command: "why", skill: about, path: owner };
}

/** The warnings about the manifest were given when it was read. */
function quiet({ warn: _warn, ...options }: RunOptions): RunOptions {
  return { ...options, frozen: false, force: false };
}

/** @throws EdenError `UNKNOWN_SKILL` for a word that is no path. */
function pathOf(subject: string, manifest: Manifest, cwd: string): string {
  const path = resolve(cwd, subject);
  const isPath = subject.includes(sep) || subject.startsWith(".") || lstatIfExists(path) !== null;
  if (!isPath) select(manifest, { ids: [subject] });
  return path;
}
