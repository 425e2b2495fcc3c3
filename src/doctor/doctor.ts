import { sanitize } from "../errors.js";
import { currentHost, type Host } from "../system/host.js";
import { loadManifest } from "../workspace/load-manifest.js";
import { readLockfile } from "../workspace/read-lockfile.js";
import { lockedRegistrySkills } from "../registry/locked-skills.js";
import type { RunOptions } from "../run/options.js";
import { checkAgents } from "./check-agents.js";
import { checkDevelopment } from "./check-development.js";
import { checkLockfile } from "./check-lockfile.js";
import { checkMachine } from "./check-machine.js";
import { checkPolicy } from "./check-policy.js";
import { checkRegistries } from "./check-registries.js";
import { checkSkills } from "./check-skills.js";
import { checkStorage } from "./check-storage.js";
import { checkStore } from "./check-store.js";
import { checkTargets } from "./check-targets.js";
import type { Finding } from "./finding.js";

/** The document of `doctor --json`. */
export interface DoctorReport {
  schema_version: 1;
  command: "doctor";
  manifest: string;
  summary: { total: number; error: number; warning: number };
  /** Errors first; then by code, skill and target. */
  findings: Finding[];
  /** What each agent of the manifest really sees. */
  agents: { agent: string; directories: { path: string; skills: string[] }[] }[];
}

/**
 * Checks everything that a manifest depends on, without network and without changes.
 * @param withWarnings false: only errors are reported.
 * @throws EdenError as `loadManifest`.
 */
export async function doctor(
  options: Pick<RunOptions, "manifest" | "strict" | "host" | "warn">,
  withWarnings: boolean,
): Promise<DoctorReport> {
  const host = options.host ?? currentHost();
  const { manifest: written } = await loadManifest(options);
  const found = readLockfile(written, host.home);
  const manifest = await lockedRegistrySkills(written, found.lockfile, host.home);
  const locked = new Map(found.lockfile.skills.map((entry) => [entry.id, entry]));
  const { findings: seen, views } = await checkAgents(manifest, host);
  const all = [
    ...(await checkTargets(written, host)),
    ...checkStore(manifest, locked),
    ...checkLockfile(manifest, found),
    ...(await checkSkills(manifest, locked)),
    ...seen,
    ...checkDevelopment(manifest),
    ...checkRegistries(manifest, host),
    ...(await checkPolicy(manifest, found.lockfile, host)),
    ...checkStorage(manifest),
    ...(await checkMachine(host)),
  ];
  const findings = all
    .filter(({ severity }) => withWarnings || severity === "error")
    .map((one) => ({ ...one, message: sanitize(one.message), remediation: remedyIn(host, one) }))
    .toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
  const count = (severity: Finding["severity"]) => findings.filter((one) => one.severity === severity).length;
  return {
    schema_version: 1,
    command: "doctor",
    manifest: manifest.path,
    summary: { total: findings.length, error: count("error"), warning: count("warning") },
    findings,
    agents: views.map(({ agent, directories }) => ({
      agent: agent.id,
      directories: directories.map(({ path, skills }) => ({ path, skills: skills.map(({ name }) => name) })),
    })),
  };
}

/** The commands for a target in an image are about the image. */
function remedyIn({ root }: Host, { target_path, remediation }: Finding): string {
  if (root === undefined || target_path === null) return remediation;
  return remediation.replaceAll(
    /(?<=`)eden-skills (?:apply|repair)\b/gu,
    (command) => `${command} --root ${root.directory}`,
  );
}

function sortKey({ severity, code, skill_id, target_path }: Finding): string {
  return [severity, code, skill_id ?? "", target_path ?? ""].join("\u0000");
}
