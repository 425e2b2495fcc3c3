// Loaded into a Node under test (`--require`): adds a line to the file that EDEN_TEST_LOADED names whenever git has started or ended, and
// at the exit: the event, git's arguments, the modules of Node and the chunks of the program that are loaded.
const { subscribe } = require("node:diagnostics_channel");
const { appendFileSync } = require("node:fs");
const { basename } = require("node:path");

const add = (event, args = []) => {
  const chunks = Object.keys(require.cache).map((file) => basename(file));
  const line = { event, args, node: process.moduleLoadList, chunks };
  appendFileSync(process.env.EDEN_TEST_LOADED, `${JSON.stringify(line)}\n`);
};

subscribe("child_process", ({ process: child }) => {
  process.nextTick(() => add("start", child.spawnargs));
  child.once("exit", () => add("end", child.spawnargs));
});
process.once("exit", () => add("exit"));
