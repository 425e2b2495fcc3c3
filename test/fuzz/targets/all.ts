import type { Target } from "../target.js";
import { ANSWERS } from "./answers.js";
import { ARCHIVES } from "./archives.js";
import { CONTENT } from "./content.js";
import { INDEXES } from "./indexes.js";
import { MANIFESTS } from "./manifests.js";
import { NAMES } from "./names.js";
import { PROTOCOL } from "./protocol.js";

/** Everything of ours that reads what others wrote. */
export const TARGETS: readonly Target[] = [
  ...MANIFESTS,
  ...NAMES,
  ...CONTENT,
  ...INDEXES,
  ...ARCHIVES,
  ...PROTOCOL,
  ...ANSWERS,
];
