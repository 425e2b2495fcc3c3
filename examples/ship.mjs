// A command-line program brings the skills that match its version: on each start, or in `mytool setup`.
// Run it with: node examples/ship.mjs [--remove]
import { ensureSkills, removeSkills } from "eden-skills";

const tool = { name: "mytool", version: "1.2.0", directory: "mytool-skills" };
const { skills } = process.argv.includes("--remove") ? await removeSkills(tool) : await ensureSkills(tool);
for (const { skill, path, status, note } of skills) {
  if (status !== "current") console.log([status, skill, path, note].filter((word) => word !== null).join("\t"));
}
