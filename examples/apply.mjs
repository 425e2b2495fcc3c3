// Applies the manifest of the working directory and prints one line per skill that changed.
// Run it with: node examples/apply.mjs
import { EdenError, SkillReactor } from "eden-skills";

const reactor = new SkillReactor({ concurrency: 20, signal: AbortSignal.timeout(300_000) });
reactor.on((event) => {
  if (event.type === "skill-synced") console.error(`${event.skill}: ${event.status}`);
});

try {
  const report = await reactor.apply();
  for (const { id, status, diagnostics } of report.skills) {
    if (status !== "unchanged") console.log(`${id} ${status} ${diagnostics.map(({ code }) => code).join(" ")}`.trim());
  }
  process.exitCode = report.exit_code;
} catch (error) {
  if (!(error instanceof EdenError)) throw error;
  // Nothing was written: the manifest or the lockfile is wrong.
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 2;
}
