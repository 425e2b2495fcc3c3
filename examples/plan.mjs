// Prints what a plan would change, without network and without writing anything.
// Run it with: node examples/plan.mjs [path of a skills.toml]
import { SkillReactor } from "eden-skills";

const [manifest] = process.argv.slice(2);
const items = await new SkillReactor(manifest === undefined ? {} : { manifest }).plan();
for (const { skillId, action, targetPath, reasons } of items) {
  console.log([action, skillId, targetPath, reasons.join("; ")].join("\t"));
}
