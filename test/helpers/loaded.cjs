// Loaded into a Node under test (`--require`): adds a line to the file that EDEN_TEST_LOADED names whenever git has started or ended: the
// event, git's arguments, the modules of Node and the chunks of the program that are loaded.
const { subscribe } = require("node:diagnostics_channel");
const { appendFileSync } = require("node:fs");
const { basename } = require("node:path");

subscribe("child_process", ({ process: child }) => {
  const add = (event) => {
    const chunks = Object.keys(require.cache).map((file) => basename(file));
    const line = { event, args: child.spawnargs ?? [], node: process.moduleLoadList, chunks };
    appendFileSync(process.env.EDEN_TEST_LOADED, `${JSON.stringify(line)}\n`);
  };
  process.nextTick(add, "start");
  child.once("exit", () => add("end"));
});
