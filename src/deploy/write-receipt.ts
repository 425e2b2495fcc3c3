import { dirname, join } from "node:path";
import { agents } from "../manifest/targets/agents.js";
import { GROUPS_VARIABLE } from "../manifest/document/machine-groups.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { PlanItem } from "../plan/plan.js";
import { copyIdentity } from "../store/copy-identity.js";
import { developmentsPath } from "../store/developments.js";
import { Receipts, type Receipt } from "../store/receipt.js";
import { changedAt, directoryIdentity, everythingIn, fileDigest, fileIdentity } from "../system/file-identity.js";
import { lstatIfExists, readLinkIfAny } from "../system/read-files.js";
import { VERSION } from "../version.js";
import type { SkillVersion } from "../run/events.js";
import { ignoreFile, ignoringDirectories } from "./update-gitignore.js";
import { lookAtMachine, type Machine } from "../workspace/machine.js";
import { lockfileText } from "../workspace/read-lockfile.js";
import { isInstalled, nextLockfile } from "../workspace/pins.js";
import { planRemovals, planSkill } from "./plan-machine.js";
import type { Report } from "../run/report.js";
import { tallyOf } from "../run/tally.js";
import type { RunContext } from "../run/run-context.js";
import { openStore } from "../store/store.js";
import type { Host } from "../system/host.js";
import type { Decision } from "./decision.js";

/**
 * Within this time two changes may have the same timestamp: file systems use ticks of up to 10 ms.
 */
const TICK_MS = 20;

/**
 * After a run with nothing left to do and nothing to report: checks everything again and stores the
 * observed facts as a receipt, with which the next run can detect that nothing has changed. Never
 * throws: a receipt is only an optimisation.
 */
export function writeReceipt(
  { host }: RunContext,
  { machine: { manifest }, scope, versions }: Decision,
  report: Report,
): void {
  const isSilent =
    report.diagnostics.length === 0 && report.skills.every(({ diagnostics }) => diagnostics.length === 0);
  if (scope !== "all" || !isSilent || report.outcome !== "ok" || !isLookedAtByReceipt(manifest)) return;
  try {
    const machine = lookAtMachine(manifest, host.home, false);
    const items = itemsLeft(machine, versions);
    if (items === null || machine.state.remote !== undefined) return;
    const receipt = receiptOf(host, machine, items, report);
    if (receipt !== null) new Receipts(manifest.storageRoot).write(receipt);
  } catch {
    // The next run checks everything itself.
  }
}

/**
 * A local source may change at any time, as a package in `node_modules` may, and targets that are not on this machine cannot be
 * checked.
 */
function isLookedAtByReceipt({ skills, policy, scope, root }: Manifest): boolean {
  if (root !== undefined) return false;
  // A waiver expires.
  if (policy.layers.some(({ rules }) => rules.waivers !== undefined)) return false;
  return skills.every(
    ({ source, targets }) =>
      source.kind === "repository" &&
      (source.transport !== "npm" || scope === "global") &&
      (source.host !== "" || source.url.startsWith("file://")) &&
      targets.every(({ environment }) => environment.kind === "local"),
  );
}

/** The items of a plan without work; null if there is work. */
function itemsLeft(machine: Machine, versions: ReadonlyMap<string, SkillVersion>): PlanItem[] | null {
  const { manifest, found, home } = machine;
  const { items: removals, left, forget } = planRemovals(machine, "all");
  if (removals.length + left.length + forget.length > 0) return null;
  if (lockfileText(manifest, home, nextLockfile(manifest, found.lockfile, versions, "all")) !== found.text) return null;
  const items = manifest.skills.flatMap((skill) => {
    const version = versions.get(skill.id);
    return version === undefined ? [] : planSkill(machine, skill, version);
  });
  const isComplete = manifest.skills.every((skill) => !isInstalled(skill) || versions.has(skill.id));
  return isComplete && items.every(({ action }) => action === "noop") ? items : null;
}

function receiptOf(
  host: Host,
  { manifest, found }: Machine,
  items: readonly PlanItem[],
  report: Report,
): Receipt | null {
  const copies = items.filter(({ installMode }) => installMode === "copy").map(({ targetPath }) => targetPath);
  const ours = new Set(items.map(({ targetPath }) => targetPath));
  const ignoring = ignoringDirectories(manifest, host.home, { ours, others: new Set() }).map(ignoreFile);
  const store = openStore(manifest.storageRoot);
  const watched = [
    store.states.pathOf(manifest.path),
    developmentsPath(store.root, manifest.path),
    store.directory,
    ...manifest.policy.files,
    ...ignoring,
    // If no name is listed for git, there may be no work tree yet, or git tracks the names.
    ...(ignoring.some((path) => lstatIfExists(path) !== null) ? [] : [join(manifest.directory, ".git")]),
  ];
  const newest = [...watched, ...copies.flatMap(everythingIn)].reduce(
    (latest, path) => Math.max(latest, changedAt(path)),
    Number.NEGATIVE_INFINITY,
  );
  if (Date.now() - newest < TICK_MS) return null;
  const lockDigest = fileDigest(manifest.lockfilePath);
  if (lockDigest === null || found.text === null) return null;
  const { installed, metadataOnly, sources } = tallyOf(report);
  return {
    program: VERSION,
    manifest: manifest.path,
    home: host.home,
    env: Object.fromEntries([...agentVariables(), GROUPS_VARIABLE].map((name) => [name, host.env[name] ?? null])),
    digests: [
      [manifest.path, manifest.digest],
      [manifest.lockfilePath, lockDigest],
    ],
    identities: watched.map((path) => [path, fileIdentity(path)]),
    copies: copies.map((path) => [path, copyIdentity(path)]),
    links: items
      .filter(({ installMode }) => installMode === "symlink")
      .map(({ targetPath }) => [targetPath, readLinkIfAny(targetPath) ?? "", directoryIdentity(targetPath) ?? ""]),
    directories: [...new Set(items.map(({ targetPath }) => dirname(targetPath)))].map((path) => [
      path,
      directoryIdentity(path) ?? "",
    ]),
    result: { installed, metadataOnly, sources },
  };
}

/** Variables that move the skills directory of an agent. */
function agentVariables(): string[] {
  const moving = agents.flatMap(({ globalDir, env = [] }) =>
    env.filter(({ replaces }) => globalDir?.startsWith(`${replaces}/`) === true),
  );
  return [...new Set(moving.map(({ name }) => name))];
}
