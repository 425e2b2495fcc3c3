// Applies one manifest, with nothing but its path.
// Run it with: node examples/smallest.mjs
import { SkillReactor } from "eden-skills";

const report = await new SkillReactor({ manifest: "skills.toml" }).apply();
console.log(report.outcome);
process.exitCode = report.exit_code;
