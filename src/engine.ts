/**
 * The interface of the engine for commands, loaded as one chunk. With separate chunks the shared
 * code would be split into dozens of files that Node opens at once, and a process with few
 * descriptors could not start.
 */
export { agents } from "./manifest/targets/agents.js";
export { killAllGroups } from "./system/process-groups.js";
export { audit } from "./upkeep/audit.js";
export { clean } from "./upkeep/clean.js";
export { doctor } from "./doctor/doctor.js";
export { addSkill, setSkill } from "./edit/edit-skill.js";
export { exportConfig } from "./import/export-config.js";
export { importConfig } from "./import/import-config.js";
export { inventory } from "./edit/inventory.js";
export { planInstall, sourceSkills } from "./install/plan-install.js";
export { history } from "./history/history.js";
export { installMergeDriver } from "./upkeep/install-merge-driver.js";
export { mergeLockfileFiles } from "./upkeep/merge-files.js";
export { outdated } from "./update/outdated.js";
export { registryNames, registryUpdate } from "./registry/registry-update.js";
export { search } from "./registry/search.js";
export { SkillReactor } from "./skill-reactor.js";
