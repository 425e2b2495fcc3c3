import type { CommandGroup, AnyCommand } from "../line/command.js";
import { add } from "./add.js";
import { agents } from "./agents.js";
import { apply } from "./apply.js";
import { audit } from "./audit.js";
import { clean } from "./clean.js";
import { completion } from "./completion.js";
import { configCompact } from "./config-compact.js";
import { configExport } from "./config-export.js";
import { configImport } from "./config-import.js";
import { dev } from "./dev.js";
import { diff } from "./diff.js";
import { doctor } from "./doctor.js";
import { help } from "./help.js";
import { history } from "./history.js";
import { importSkills } from "./import.js";
import { init } from "./init.js";
import { install } from "./install.js";
import { inventory } from "./inventory.js";
import { list } from "./list.js";
import { lockExport } from "./lock-export.js";
import { lockMerge } from "./lock-merge.js";
import { lockSign } from "./lock-sign.js";
import { lockVerify } from "./lock-verify.js";
import { outdated } from "./outdated.js";
import { plan } from "./plan.js";
import { policyCheck } from "./policy-check.js";
import { propose } from "./propose.js";
import { registryUpdate } from "./registry-update.js";
import { remove } from "./remove.js";
import { repair } from "./repair.js";
import { report } from "./report.js";
import { rollback } from "./rollback.js";
import { schema } from "./schema.js";
import { search } from "./search.js";
import { set } from "./set.js";
import { show } from "./show.js";
import { update } from "./update.js";
import { version } from "./version.js";
import { warm } from "./warm.js";
import { why } from "./why.js";

const config: CommandGroup = {
  command: "config",
  describe: "Manifests as files: export and import",
  members: [configExport, configImport, configCompact],
};
const registry: CommandGroup = {
  command: "registry",
  describe: "Indexes of skills by name",
  members: [registryUpdate],
};
const policy: CommandGroup = {
  command: "policy",
  describe: "What skills may come from",
  members: [policyCheck],
};
const lock: CommandGroup = {
  command: "lock",
  describe: "The lockfile in git, for other tools, and signed",
  members: [lockMerge, lockExport, lockSign, lockVerify],
};

/** Every command, under the headings and in the order of the help. */
export const HEADINGS: readonly (readonly [string, readonly AnyCommand[]])[] = [
  ["Choose skills:", [install, add, set, remove, search, importSkills]],
  [
    "Make this machine match the manifest:",
    [apply, plan, update, outdated, propose, warm, dev, repair, rollback, history],
  ],
  ["Inspect:", [list, inventory, show, why, diff, agents, doctor, audit, policy, report]],
  ["Manifests, registries, storage:", [init, config, registry, lock, clean]],
  ["About the program:", [help, version, schema, completion]],
];

export const COMMANDS: readonly AnyCommand[] = HEADINGS.flatMap(([, commands]) => commands);
