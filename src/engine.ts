/** The interface of the engine for commands: what the command line loads when a command runs. */
export { agents } from "./manifest/targets/agents.js";
export { registryNames } from "./registry/registry-update.js";
export { SkillReactor } from "./skill-reactor.js";
export { killAllGroups } from "./system/process-groups.js";
