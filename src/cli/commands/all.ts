import type { Command } from "../line/command.js";
import { add } from "./add.js";
import { apply } from "./apply.js";
import { audit } from "./audit.js";
import { clean } from "./clean.js";
import { completionOf } from "./completion.js";
import { configExport } from "./config-export.js";
import { configImport } from "./config-import.js";
import { doctor } from "./doctor.js";
import { history } from "./history.js";
import { importSkills } from "./import.js";
import { init } from "./init.js";
import { install } from "./install.js";
import { list } from "./list.js";
import { lockMerge } from "./lock-merge.js";
import { outdated } from "./outdated.js";
import { plan } from "./plan.js";
import { registryUpdate } from "./registry-update.js";
import { remove } from "./remove.js";
import { repair } from "./repair.js";
import { rollback } from "./rollback.js";
import { schema } from "./schema.js";
import { search } from "./search.js";
import { set } from "./set.js";
import { update } from "./update.js";
import { warm } from "./warm.js";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  install,
  add,
  set,
  remove,
  list,
  apply,
  plan,
  update,
  outdated,
  doctor,
  repair,
  audit,
  history,
  rollback,
  search,
  registryUpdate,
  warm,
  clean,
  importSkills,
  configExport,
  configImport,
  lockMerge,
  init,
  schema,
  completionOf(() => COMMANDS),
];
