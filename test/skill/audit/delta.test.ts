import { expect, it } from "vitest";
import { auditSkill } from "../../../src/skill/audit/audit-skill.js";
import { compareFiles, riskDelta } from "../../../src/skill/audit/delta.js";

const file = (path: string, oid: string, mode: "100644" | "100755" | "120000" = "100644") => ({ path, oid, mode });
const audit = async (files: Record<string, string>) =>
  await auditSkill(Object.entries(files).map(([path, text]) => ({ path, mode: "100644", content: Buffer.from(text) })));

it("reports files that were added, modified (be it the mode) and removed, by path [R-UPDATE-05]", () => {
  const before = [file("b", "1"), file("c", "2"), file("d", "3"), file("é", "4")];
  const after = [file("a", "9"), file("b", "1"), file("c", "2", "100755"), file("d", "5")];
  expect(compareFiles(before, after)).toEqual([
    { path: "a", change: "added" },
    { path: "c", change: "modified" },
    { path: "d", change: "modified" },
    { path: "é", change: "removed" },
  ]);
});

it("reports what is new, not what moved or went away [R-UPDATE-06]", async () => {
  const before = await audit({
    "SKILL.md": "---\nname: x\nallowed-tools: Read, Write\n---\nhttps://a.example\nnpx -y x\n",
    "old.sh": "date",
  });
  const after = await audit({
    "SKILL.md": "---\nname: x\nallowed-tools: Read, Bash\n---\n\n\nnpx -y x\nhttps://b.example a\u200bb\nnpx -y y\n",
    "notes.md": "https://a.example",
    "new.sh": "date",
  });
  const delta = riskDelta(before, after);
  expect(delta).toMatchObject({
    scripts: ["new.sh"],
    hosts: ["b.example"],
    allowed_tools: ["Bash"],
    hidden_unicode: [{ file: "SKILL.md", line: 8, message: "1 invisible character: U+200B in column 20" }],
  });
  expect(delta.findings.map(({ rule, file: path, line }) => `${rule} ${path} ${line}`)).toEqual([
    "ALLOWED_TOOLS SKILL.md 3",
    "REMOTE_INSTRUCTIONS SKILL.md 9",
    "ZERO_WIDTH SKILL.md 8",
    "EXECUTABLE new.sh null",
    "HOSTS SKILL.md 8",
  ]);
  expect(riskDelta(after, after)).toEqual({
    scripts: [],
    hosts: [],
    allowed_tools: [],
    hidden_unicode: [],
    findings: [],
    fixed: [],
  });
  expect(riskDelta(after, before).fixed).toEqual(delta.findings);
  expect(riskDelta(null, after)).toMatchObject({ hosts: ["a.example", "b.example"], findings: after.findings });
});

it("takes a time in proportion to the number of hosts [R-AUDIT-07]", () => {
  const withHosts = (name: string) => ({
    files: 1,
    findings: [],
    scripts: [],
    hosts: Array.from({ length: 60_000 }, (_, index) => `${name}${index}.example`),
    allowedTools: [],
    capabilities: [],
  });
  const started = process.cpuUsage();
  expect(riskDelta(withHosts("a"), withHosts("b")).hosts).toHaveLength(60_000);
  expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000);
});
