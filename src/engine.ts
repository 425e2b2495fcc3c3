/** The interface of the engine for commands: what the command line loads when a command runs. */
export { SkillReactor } from "./skill-reactor.js";
export { killAllGroups } from "./system/process-groups.js";
export { manifestWords } from "./workspace/manifest-words.js";
