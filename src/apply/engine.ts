/**
 * What commands ask of the engine, loaded in one piece: were each loaded by itself, the code they share would fall into dozens of files that
 * Node opens all at once, and a process short of descriptors could not even start.
 */
export { agents } from "../manifest/agents.js";
export { killAllGroups } from "../system/processes.js";
export { audit } from "./audit.js";
export { clean } from "./clean.js";
export { doctor } from "./doctor/doctor.js";
export { addSkill, setSkill } from "./edit-skill.js";
export { exportConfig } from "./export-config.js";
export { importConfig } from "./import-config.js";
export { inventory } from "./inventory.js";
export { planInstall, sourceSkills } from "./plan-install.js";
export { history } from "./history.js";
export { installMergeDriver } from "./install-merge-driver.js";
export { mergeLockfileFiles } from "./merge-files.js";
export { outdated } from "./outdated.js";
export { registryNames, registryUpdate } from "./registry-update.js";
export { search } from "./search.js";
export { SkillReactor } from "./skill-reactor.js";
