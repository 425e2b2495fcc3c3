import type { Manifest } from "../manifest/document/manifest.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import { courtOf, deniedOf } from "../policy/judge.js";
import { systemClock } from "../system/clock.js";
import type { Host } from "../system/host.js";
import { isInstalled, pinsOf } from "../workspace/pins.js";
import { errorFinding, type Finding } from "./finding.js";

/** Reports wanted skills that the policy denies; those that are installed stay installed. */
export async function checkPolicy(manifest: Manifest, lockfile: Lockfile, { home }: Host): Promise<Finding[]> {
  const court = courtOf(manifest, { home, now: systemClock.date(), versions: pinsOf(manifest, lockfile) });
  const denied = await deniedOf(court, manifest.skills.filter(isInstalled));
  return [...denied].map(([skill, { code, message, facts }]) =>
    errorFinding(code, { skill }, message, `${facts.hint ?? ""} \`eden-skills remove ${skill}\` removes it.`),
  );
}
