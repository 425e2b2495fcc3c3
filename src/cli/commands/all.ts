import type { Command } from "../command.js";
import { add } from "./add.js";
import { apply } from "./apply.js";
import { audit } from "./audit.js";
import { clean } from "./clean.js";
import { configExport } from "./config-export.js";
import { configImport } from "./config-import.js";
import { completion } from "./completion.js";
import { lockMerge } from "./lock-merge.js";
import { outdated } from "./outdated.js";
import { history } from "./history.js";
import { importSkills } from "./import.js";
import { init } from "./init.js";
import { doctor } from "./doctor.js";
import { install } from "./install.js";
import { list } from "./list.js";
import { plan } from "./plan.js";
import { registryUpdate } from "./registry-update.js";
import { rollback } from "./rollback.js";
import { schema } from "./schema.js";
import { search } from "./search.js";
import { remove } from "./remove.js";
import { repair } from "./repair.js";
import { set } from "./set.js";
import { update } from "./update.js";
import { warm } from "./warm.js";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  apply,
  update,
  outdated,
  warm,
  plan,
  install,
  add,
  set,
  remove,
  list,
  doctor,
  repair,
  history,
  rollback,
  audit,
  search,
  registryUpdate,
  clean,
  lockMerge,
  init,
  importSkills,
  configExport,
  configImport,
  schema,
  completion,
];
