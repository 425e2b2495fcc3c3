/** The public API of the library. */
export { SkillReactor } from "./skill-reactor.js";
export { EdenError } from "./errors.js";
export type { ImportReport, ImportRequest } from "./import/import-foreign.js";
export type { RunEvent } from "./run/events.js";
export type { UpdatePreview } from "./update/preview-update.js";
export type { RunOptions } from "./run/options.js";
export type { Report } from "./run/report.js";
export type { PlanItem } from "./plan/plan.js";
