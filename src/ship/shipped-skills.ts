import { basename, dirname, join, resolve } from "node:path";
import { targetLock } from "../deploy/install-phase.js";
import { isStillOurs, planRemoval, planTarget } from "../plan/assemble.js";
import type { PlanItem } from "../plan/plan.js";
import { asEdenError } from "../reactor/task-failure.js";
import { holdsContent } from "../store/integrity.js";
import { recordOf } from "../store/state.js";
import { writeTool, type ToolRecord } from "../store/tools.js";
import { systemClock } from "../system/clock.js";
import type { Host } from "../system/host.js";
import { acquireLock } from "../system/lock.js";
import { inDirectory } from "../system/open-directory.js";
import { physicalPath } from "../system/read-files.js";
import { temporaryBeside } from "../system/temporary-files.js";
import { installCopy } from "../targets/install-copy.js";
import { swapAside } from "../targets/swap-aside.js";
import { shippedContents, type ShippedContent } from "./shipped-content.js";
import { directoriesFor, toolMachine, type ToolMachine } from "./tool-machine.js";

/** A tool, and the skills that ship with it. */
export interface ShippedTool {
  /** The tool, in the form of a skill's id. */
  name: string;
  version: string;
  /** The directory with a directory for each skill, or the one of a single skill. */
  directory: string;
  /** Ids of agents; default: those that are installed here. */
  agents?: readonly string[];
  /** The environment; default: that of this process. */
  host?: Host;
}

/** A copy of a shipped skill. */
export interface ShippedSkill {
  skill: string;
  agents: string[];
  /** Absolute. */
  path: string;
  /**
   * `installed`, `updated`, `removed`: just now. `current`: as it ships. `missing`: not there yet.
   * `stale`: of another version, unchanged. `edited`: changed by the user, and left. `foreign`: not
   * of this tool, and left. `failed`.
   */
  status: "installed" | "updated" | "removed" | "current" | "missing" | "stale" | "edited" | "foreign" | "failed";
  /** Why it is left, or has failed; null otherwise. */
  note: string | null;
}

/** The skills of a tool on this machine. */
export interface ShippedReport {
  name: string;
  /** The version that installed them; null: none is installed. */
  installed_version: string | null;
  skills: ShippedSkill[];
}

/**
 * Installs the skills of a tool as copies into the user's directories of agents, without git and
 * without network. Copies of another version are replaced, and those that it no longer ships are
 * removed; what the user edited, and what is not the tool's, stays.
 * @throws EdenError before anything is changed: `USAGE`, `SKILL_NOT_FOUND`, `INVALID_SKILL_ID`,
 *   `UNKNOWN_AGENT`, `STATE_UNREADABLE`. Failures of one copy are in the report.
 */
export async function ensureSkills(tool: ShippedTool): Promise<ShippedReport> {
  const contents = shippedContents(resolve(tool.directory));
  const directories = directoriesFor(tool.agents, tool.host);
  return await withTool(tool, tool.version, async (machine, record) => {
    const wanted = wantedOf(machine, contents, directories);
    const skills: ShippedSkill[] = [];
    for (const one of wanted) skills.push(await install(machine, record, one));
    const paths = new Set(wanted.map(({ item }) => item.targetPath));
    for (const path of Object.keys(record.targets).filter((known) => !paths.has(known)))
      skills.push(await remove(machine, record, path));
    return skills;
  });
}

/** The same without changes: what `ensureSkills` would find. @throws EdenError as `ensureSkills`. */
export async function skillsStatus(tool: ShippedTool): Promise<ShippedReport> {
  const machine = toolMachine(tool.name, tool.host);
  const wanted = wantedOf(machine, shippedContents(resolve(tool.directory)), directoriesFor(tool.agents, tool.host));
  const skills = wanted.map(({ item }) => shown(item, STATUS[item.action]));
  return { name: tool.name, installed_version: machine.record?.toolVersion ?? null, skills };
}

/** Removes every unedited copy of a tool. @throws EdenError `USAGE`, `STATE_UNREADABLE`. */
export async function removeSkills({ name, host }: Pick<ShippedTool, "name" | "host">): Promise<ShippedReport> {
  return await withTool({ name, ...(host !== undefined && { host }) }, null, async (machine, record) => {
    const skills: ShippedSkill[] = [];
    for (const path of Object.keys(record.targets)) skills.push(await remove(machine, record, path));
    return skills;
  });
}

/** @param version of the copies from now on; null: as before. */
async function withTool(
  { name, host }: Pick<ShippedTool, "name" | "host">,
  version: string | null,
  work: (machine: ToolMachine, record: ToolRecord) => Promise<ShippedSkill[]>,
): Promise<ShippedReport> {
  const { storageRoot } = toolMachine(name, host);
  const release = await acquireLock(join(storageRoot, "locks", `tool-${name}.lock`), { clock: systemClock });
  try {
    const machine = toolMachine(name, host);
    const known = machine.record;
    const record = {
      name,
      toolVersion: version ?? known?.toolVersion ?? "",
      targets: { ...known?.targets },
    };
    const skills = await work(machine, record);
    const isThere = Object.keys(record.targets).length > 0;
    return { name, installed_version: isThere ? record.toolVersion : null, skills };
  } finally {
    release();
  }
}

interface Wanted {
  content: ShippedContent;
  item: PlanItem;
}

function wantedOf(
  { facts }: ToolMachine,
  contents: readonly ShippedContent[],
  directories: ReturnType<typeof directoriesFor>,
): Wanted[] {
  return directories.flatMap(({ path, readers }) =>
    contents.map((content) => {
      const { id: skillId, directory, integrity, otherIntegrities } = content;
      const desired = { kind: "store" as const, tree: "", integrity, otherIntegrities, path: directory, link: "" };
      const target = { skillId, agents: readers, path: join(path, skillId), inProject: false, copyReason: null };
      const item = planTarget(facts, { ...target, environment: { kind: "local" }, installMode: "copy", desired });
      return { content, item };
    }),
  );
}

const STATUS = {
  noop: "current",
  create: "missing",
  update: "stale",
  conflict: "foreign",
  remove: "stale",
  unknown: "missing",
} as const;

function shown(item: PlanItem, status: ShippedSkill["status"]): ShippedSkill {
  const { skillId, agents, targetPath, isEdited, failure, reasons } = item;
  const isLeft = item.action === "conflict";
  return {
    skill: skillId,
    agents,
    path: targetPath,
    status: failure !== null ? "failed" : isEdited ? "edited" : status,
    note: isLeft ? reasons.join("; ") : null,
  };
}

async function install(machine: ToolMachine, record: ToolRecord, { content, item }: Wanted): Promise<ShippedSkill> {
  const { targetPath: path, action, skillId, agents } = item;
  const ours = (integrities: string[]) => ({ skill: skillId, agents, links: [], integrities });
  const identities = [content.integrity, ...content.otherIntegrities];
  const save = (integrities: string[]) => {
    record.targets[path] = recordOf(path, ours(integrities));
    writeTool(machine.storageRoot, record);
  };
  if (action === "conflict") return shown(item, "foreign");
  // A copy that is equal by chance belongs to another program, or to the user.
  if (action === "noop" && record.targets[path] === undefined) {
    return { ...shown(item, "foreign"), note: "it is there already, and was not installed by this tool" };
  }
  if (action === "noop") {
    save(identities);
    return shown(item, "current");
  }
  try {
    // After a crash both the old and the new content count as the tool's.
    save([...(record.targets[path]?.integrities ?? []), ...identities]);
    const source = { directory: content.directory, withLitter: false, executables: content.executables };
    await change(machine, path, async (here) => {
      await installCopy(here, source, {
        proves: (directory) => holdsContent(directory, content),
        isOurs: (aside) => isStillOurs(machine.facts, path, aside),
      });
    });
    save(identities);
    return shown(item, action === "create" ? "installed" : "updated");
  } catch (error) {
    return { ...shown(item, "failed"), note: asEdenError(error).message };
  }
}

async function remove(machine: ToolMachine, record: ToolRecord, path: string): Promise<ShippedSkill> {
  const known = record.targets[path];
  const skill = known?.skill ?? basename(path);
  const agents = known?.agents ?? [];
  const about = { skill, agents, path };
  const target = { skillId: skill, agents, path, inProject: false, installMode: "copy" as const, reason: "" };
  try {
    const planned = planRemoval(machine.facts, target);
    if ("left" in planned && planned.left !== null)
      return { ...about, status: planned.isEdited ? "edited" : "foreign", note: planned.left };
    if (!("left" in planned)) {
      await change(machine, path, (here) => {
        swapAside(here, null, temporaryBeside(here), (aside) => isStillOurs(machine.facts, path, aside));
      });
    }
    delete record.targets[path];
    writeTool(machine.storageRoot, record);
    return { ...about, status: "removed", note: null };
  } catch (error) {
    return { ...about, status: "failed", note: asEdenError(error).message };
  }
}

/** Changes a target with the lock of its directory held, in the directory that was checked. */
async function change(
  { storageRoot, containment }: ToolMachine,
  path: string,
  work: (here: string) => void | Promise<void>,
): Promise<void> {
  const directory = dirname(path);
  const release = await acquireLock(targetLock({ storageRoot }, dirname(physicalPath(path))), { clock: systemClock });
  try {
    await inDirectory(
      directory,
      (real) => containment.checkReal(directory, real, false),
      async (here) => await work(join(here, basename(path))),
    );
  } finally {
    release();
  }
}
