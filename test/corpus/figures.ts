import { harmlessHoldout, harmlessTuned } from "./harmless.js";
import { HOLDOUT } from "./hostile-holdout.js";
import { TUNED } from "./hostile-tuned.js";
import { measure, type Measured } from "./measure.js";

/** The four corpora, measured. */
export async function figures(): Promise<Record<"tuned" | "holdout" | "harmless" | "unseen", Measured>> {
  return {
    tuned: await measure(TUNED),
    holdout: await measure(HOLDOUT),
    harmless: await measure(harmlessTuned()),
    unseen: await measure(harmlessHoldout()),
  };
}

/** The tables of `specs/audit.md` that show them. */
export async function figureTables(): Promise<string> {
  const { tuned, holdout, harmless, unseen } = await figures();
  const percent = ({ flagged, skills }: Measured) =>
    `${flagged} of ${skills} (${((100 * flagged) / skills).toFixed(1)} %)`;
  const rules = [
    ...new Set([tuned, holdout, harmless, unseen].flatMap(({ rules: all }) => [...all.keys()])),
  ].toSorted();
  const recall = ({ rules: all }: Measured, rule: string) => {
    const { reported = 0, meant = 0 } = all.get(rule) ?? {};
    return meant === 0 ? "" : `${reported} of ${meant}`;
  };
  const alarms = ({ rules: all }: Measured, rule: string) => String(all.get(rule)?.flagged ?? 0);
  return [
    "| corpus | with a finding of `medium` or more |",
    "|---|---|",
    `| hostile, tuned with | ${percent(tuned)} |`,
    `| hostile, held out | ${percent(holdout)} |`,
    `| harmless, tuned with | ${percent(harmless)} |`,
    `| harmless, of unseen families | ${percent(unseen)} |`,
    "",
    "| rule | recall, tuned | recall, held out | false alarms, tuned | false alarms, unseen |",
    "|---|---|---|---|---|",
    ...rules.map(
      (rule) =>
        `| \`${rule}\` | ${recall(tuned, rule)} | ${recall(holdout, rule)} | ${alarms(harmless, rule)} | ${alarms(unseen, rule)} |`,
    ),
    "",
    `Not reported: ${[...tuned.missed, ...holdout.missed].map((id) => `\`${id}\``).join(", ") || "none"}.`,
  ].join("\n");
}
