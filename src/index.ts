/** The library's door. */
export { SkillReactor } from "./apply/skill-reactor.js";
export { EdenError } from "./errors.js";
export type { ImportReport, ImportRequest } from "./apply/import-foreign.js";
export type { RunEvent } from "./apply/events.js";
export type { UpdatePreview } from "./apply/preview-update.js";
export type { RunOptions } from "./apply/options.js";
export type { Report } from "./apply/report.js";
export type { PlanItem } from "./plan/plan.js";
