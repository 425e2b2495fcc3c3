import { readFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { RULES } from "../../../src/skill/audit/rules.js";
import { figures, figureTables } from "../../corpus/figures.js";
import { heavyFindings } from "../../corpus/measure.js";
import { harmlessHoldout, harmlessTuned } from "../../corpus/harmless.js";
import { HOLDOUT } from "../../corpus/hostile-holdout.js";
import { TUNED } from "../../corpus/hostile-tuned.js";

const SPECIFICATION = readFileSync(new URL("../../../specs/audit.md", import.meta.url), "utf8");

/** The text between two marks of the specification. */
function generated(name: string): string {
  return SPECIFICATION.split(`<!-- generated: ${name} -->\n`)[1]?.split("\n<!-- end -->")[0] ?? "";
}

let measured: Awaited<ReturnType<typeof figures>>;
beforeAll(async () => {
  measured = await figures();
});

it("the corpora have 60 hostile and 300 harmless skills, each once [R-AUDIT-40]", () => {
  const hostile = [...TUNED, ...HOLDOUT].map(({ id }) => id);
  const harmless = [...harmlessTuned(), ...harmlessHoldout()].map(({ id }) => id);
  expect(hostile.length).toBeGreaterThanOrEqual(60);
  expect(harmless.length).toBeGreaterThanOrEqual(300);
  expect(new Set([...hostile, ...harmless]).size).toBe(hostile.length + harmless.length);
});

it("recall is 98 % where it was tuned and 90 % where it was not [R-AUDIT-40] [R-THREAT-53]", () => {
  const rate = ({ flagged, skills }: { flagged: number; skills: number }) => flagged / skills;
  expect(rate(measured.tuned), measured.tuned.missed.join(" ")).toBeGreaterThanOrEqual(0.98);
  expect(rate(measured.holdout), measured.holdout.missed.join(" ")).toBeGreaterThanOrEqual(0.9);
});

it("false alarms are at most 1 % where it was tuned and 5 % where it was not [R-AUDIT-40]", async () => {
  const which = async (skills: ReturnType<typeof harmlessTuned>) =>
    [...(await heavyFindings(skills))]
      .filter(([, findings]) => findings.length > 0)
      .map(([id, findings]) => `${id}: ${findings.map(({ rule, message }) => `${rule} ${message}`).join("; ")}`);
  const names = [...(await which(harmlessTuned())), ...(await which(harmlessHoldout()))].join("\n");
  expect(measured.harmless.flagged / measured.harmless.skills, names).toBeLessThanOrEqual(0.01);
  expect(measured.unseen.flagged / measured.unseen.skills, names).toBeLessThanOrEqual(0.05);
});

it("audits 300 skills in a few seconds [R-AUDIT-40]", async () => {
  const skills = [...harmlessTuned(), ...harmlessHoldout()];
  const started = process.cpuUsage();
  await heavyFindings(skills);
  expect(process.cpuUsage(started).user / 1000).toBeLessThan(10_000);
});

it("the specification shows these figures [R-AUDIT-40] [R-THREAT-53]", async () => {
  expect(generated("figures")).toBe(await figureTables());
});

it("the specification lists every rule as the code does [R-AUDIT-20]", () => {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const code = (text: string) => (text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``);
  const rows = Object.entries(RULES).map(
    ([id, { severity, title, explanation, examples }]) =>
      `| \`${id}\` | ${severity} | ${cell(`${title}. ${explanation}`)} | ${cell(examples.map(code).join(", "))} |`,
  );
  const table = ["| rule | at most | what it reports, and why | examples |", "|---|---|---|---|", ...rows].join("\n");
  expect(generated("rules")).toBe(table);
});

it.each(TUNED.map((skill) => [skill.id, skill] as const))(
  "%s is reported by the rule that is meant for it [R-AUDIT-21] [R-AUDIT-22] [R-AUDIT-23] [R-AUDIT-24] [R-AUDIT-25] [R-AUDIT-26] [R-AUDIT-27] [R-AUDIT-28] [R-AUDIT-29]",
  async (id, skill) => {
    const findings = (await heavyFindings([skill])).get(id) ?? [];
    expect(findings.map(({ rule }) => rule)).toContain(skill.rule);
  },
);
