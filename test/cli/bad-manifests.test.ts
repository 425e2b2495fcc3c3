import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { useSandbox } from "../helpers/with-sandbox.js";

const DIRECTORY = fileURLToPath(new URL("../../fixtures/manifests/invalid", import.meta.url));
const use = useSandbox();

interface Expected {
  code: string;
  path: string;
  line: number | null;
}

/** Header lines `# expect: CODE path line`, in the order of the report; `-` for the whole file or an unknown line. */
function expectations(text: string): Expected[] {
  return [...text.matchAll(/^# expect: (\S+) (\S+) (\S+)$/gmu)].map(([, code = "", path = "", line = ""]) => ({
    code,
    path: path === "-" ? "" : path,
    line: line === "-" ? null : Number(line),
  }));
}

describe("a bad manifest: every problem at once with code, field, line; exit 2, nothing written [R-MANIFEST-01] [R-MANIFEST-19]", () => {
  const files = readdirSync(DIRECTORY).filter((name) => name.endsWith(".toml"));
  it("the table has at least 40 rows", () => expect(files.length).toBeGreaterThanOrEqual(40));

  // A process each is slow; a dozen at a time shows the same on the built program.
  const batches = Array.from({ length: Math.ceil(files.length / 12) }, (_, n) => files.slice(n * 12, (n + 1) * 12));
  for (const batch of batches) {
    it(`${batch[0]} … ${batch.at(-1)}`, async () => {
      for (const file of batch) {
        const sandbox = use.sandbox();
        const bytes = readFileSync(join(DIRECTORY, file));
        sandbox.writeManifest(bytes as never);
        const result = await sandbox.run(["apply", "--json"]);
        expect(result.code, `${file}: ${result.stdout}${result.stderr}`).toBe(2);
        const { error, exit_code } = result.json();
        expect(exit_code).toBe(2);
        const expected = expectations(bytes.toString("latin1"));
        expect(expected.length, file).toBeGreaterThan(0);
        expect(error.code, file).toBe(expected[0]?.code);
        expect(
          error.problems.map(({ code, path, line }: Expected) => ({ code, path, line })),
          file,
        ).toEqual(expected);
        expect(readdirSync(sandbox.home), file).toEqual([]);
        expect(readdirSync(sandbox.project), file).toEqual(["skills.toml"]);
      }
    });
  }

  it("in text: error[CODE] field: message, the place, and a hint", async () => {
    const sandbox = use.sandbox();
    sandbox.writeManifest('version = 1\n[[skills]]\nid = "Bad Id"\n[skills.source]\nrepo = "ext::sh -c id"\n');
    const result = await sandbox.run(["apply"]);
    expect(result.code).toBe(2);
    expect(result.stdout).toBe("");
    expect(result.stderr).toMatch(/error\[INVALID_SKILL_ID\] skills\[0\]\.id: .+/u);
    expect(result.stderr).toMatch(/error\[INVALID_REPO_URL\] skills\[0\]\.source\.repo: .+/u);
    expect(result.stderr).toContain(`${sandbox.manifestPath}:3:`);
    expect(existsSync(sandbox.lockfilePath)).toBe(false);
  });

  it("never shows a password that was written into it [R-SEC-04]", async () => {
    const sandbox = use.sandbox();
    sandbox.writeManifest(
      'version = 1\n[[skills]]\nid = "a"\n[skills.source]\nrepo = "https://user:s3cr3t@example.com/x.git"\n[[skills.targets]]\nagent = "cursor"\n',
    );
    for (const args of [["apply"], ["apply", "--json"], ["plan"], ["list"], ["apply", "--verbose"]]) {
      const result = await sandbox.run(args);
      expect(result.code).toBe(2);
      expect(result.stdout + result.stderr).not.toContain("s3cr3t");
    }
  });
});
