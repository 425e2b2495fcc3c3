/**
 * The interface of the engine for commands, loaded as one chunk. With separate chunks the shared
 * code would be split into dozens of files that Node opens at once, and a process with few
 * descriptors could not start.
 */
export { agents } from "./manifest/targets/agents.js";
export { registryNames } from "./registry/registry-update.js";
export { SkillReactor } from "./skill-reactor.js";
export { killAllGroups } from "./system/process-groups.js";
