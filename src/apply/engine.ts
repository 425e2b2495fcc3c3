/**
 * What commands ask of the engine, loaded in one piece: were each loaded by itself, the code they share would fall into dozens of files that
 * Node opens all at once, and a process short of descriptors could not even start.
 */
export { killAllGroups } from "../system/processes.js";
export { clean } from "./clean.js";
export { inventory } from "./inventory.js";
export { outdated } from "./outdated.js";
export { registryNames, registryUpdate } from "./registry-update.js";
export { search } from "./search.js";
export { SkillReactor } from "./skill-reactor.js";
