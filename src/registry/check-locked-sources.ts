import type { EdenError } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { Lockfile } from "../manifest/lockfile/lockfile.js";
import type { RegistryIndex } from "../manifest/registry/registry-index.js";
import type { RunContext } from "../run/run-context.js";
import { forgedLockfile, lockedAddress } from "../workspace/forged-entries.js";
import { installedHere } from "../workspace/installed-here.js";
import { askedFor, judge, type Claim, type Verdict } from "./judge-claim.js";
import { openIndexes, storedIndex } from "./registry-indexes.js";

/** A manifest before and after its skills of registries got the repositories of the lockfile. */
export interface LockedManifest {
  written: Manifest;
  locked: Manifest;
  lockfile: Lockfile;
}

/**
 * Checks the repository, ref, commit and path that the lockfile has for skills of registries. What
 * this manifest has installed on this machine, or what an index here says, needs no network;
 * otherwise the registries are asked.
 * @param ids the skills that the run is about.
 * @returns why an entry could not be checked, by skill id.
 * @throws EdenError `LOCK_OUT_OF_DATE` that names every entry that its registry does not give.
 */
export async function checkLockedSources(
  context: RunContext,
  known: LockedManifest,
  ids: ReadonlySet<string>,
): Promise<Map<string, EdenError>> {
  const { host, settings } = context;
  const manifest = known.written;
  const open = unconfirmed(known, host.home, ids);
  const names = new Set(open.flatMap(({ claim }) => askedFor(manifest, claim)));
  if (names.size === 0) return new Map();
  const { indexes } = await openIndexes(context, manifest, [...names], "all");
  const verdicts = open.map(({ claim }) => ({
    claim,
    verdict: judge(manifest, claim, (name) => indexes.get(name) ?? null),
  }));
  refuse(verdicts, settings.offline);
  return new Map(
    verdicts.flatMap(({ claim, verdict }) =>
      verdict.kind === "unknown" ? [[claim.entry.id, verdict.error] as const] : [],
    ),
  );
}

/**
 * The same without network: only what an index here contradicts is refused.
 * @throws EdenError `LOCK_OUT_OF_DATE`.
 */
export function checkKnownSources(known: LockedManifest, home: string, ids: ReadonlySet<string>): void {
  refuse(unconfirmed(known, home, ids), true);
}

/** Claims that neither the history nor an index on this machine confirms. */
function unconfirmed(
  { written: manifest, locked, lockfile }: LockedManifest,
  home: string,
  ids: ReadonlySet<string>,
): { claim: Claim; verdict: Verdict }[] {
  const entries = new Map(lockfile.skills.map((entry) => [entry.id, entry]));
  const claims = manifest.skills.flatMap(({ id, source, enabled }, at): Claim[] => {
    const entry = entries.get(id);
    const isTaken = locked.skills[at]?.source.kind === "repository";
    if (entry === undefined || source.kind !== "registry" || !isTaken || !enabled || !ids.has(id)) return [];
    return [{ asked: source, entry }];
  });
  if (claims.length === 0) return [];
  const indexes = new Map<string, RegistryIndex | EdenError | null>();
  const indexOf = (name: string) => {
    if (!indexes.has(name)) indexes.set(name, storedIndex(manifest, home, name));
    return indexes.get(name) ?? null;
  };
  const open = claims
    .map((claim) => ({ claim, verdict: judge(manifest, claim, indexOf) }))
    .filter(({ verdict }) => verdict.kind !== "confirmed");
  if (open.length === 0) return [];
  const isInstalled = installedHere(manifest, home);
  return open.filter(({ claim }) => !isInstalled(claim.entry));
}

function refuse(verdicts: readonly { claim: Claim; verdict: Verdict }[], isOffline: boolean): void {
  const reasons: string[] = [];
  const ids: string[] = [];
  for (const { claim, verdict } of verdicts) {
    if (verdict.kind !== "differs") continue;
    const { id, resolvedFrom } = claim.entry;
    const from = resolvedFrom === undefined ? "" : ` from ${resolvedFrom}`;
    reasons.push(`${id}: it has ${lockedAddress(claim.entry)}${from}, ${verdict.gives}`);
    ids.push(id);
  }
  const old = isOffline ? " The index here may be old: `eden-skills registry update` renews it." : "";
  if (reasons.length > 0) throw forgedLockfile(reasons, ids, old);
}
