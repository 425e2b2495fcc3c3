// Loaded into a measured Node (`--require`). When the process ends, it adds a line to the file that EDEN_BENCH_USAGE names: milliseconds of
// CPU without its children, and its peak memory in MiB (`maxRSS` would include the memory of the process that started it).
const { appendFileSync, readFileSync } = require("node:fs");

// The program starts no threads, so this is the main one: to ask would load a module.
process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  const peakKib = /^VmHWM:\s+(\d+)/mu.exec(readFileSync("/proc/self/status", "latin1"))[1];
  appendFileSync(process.env.EDEN_BENCH_USAGE, `${(user + system) / 1000} ${peakKib / 1024}\n`);
});
