import type { Command } from "../command.js";
import { apply } from "./apply.js";
import { clean } from "./clean.js";
import { completion } from "./completion.js";
import { outdated } from "./outdated.js";
import { init } from "./init.js";
import { list } from "./list.js";
import { plan } from "./plan.js";
import { registryUpdate } from "./registry-update.js";
import { schema } from "./schema.js";
import { search } from "./search.js";
import { update } from "./update.js";
import { warm } from "./warm.js";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  apply,
  update,
  outdated,
  warm,
  plan,
  list,
  search,
  registryUpdate,
  clean,
  init,
  schema,
  completion,
];
