import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectations, fixtures, found, read } from "./manifest-world.js";

const filesIn = (directory: string): string[] => readdirSync(`${fixtures}/${directory}`).toSorted();

describe("an invalid manifest", () => {
  it.each(filesIn("invalid"))(
    "%s is refused with the problems its header names [R-MANIFEST-04] [R-MANIFEST-05] [R-MANIFEST-07] [R-MANIFEST-11]",
    async (name) => {
      const file = `${fixtures}/invalid/${name}`;
      const reading = await read(readFileSync(file));
      expect(found(reading)).toEqual(expectations(file));
      expect(reading.manifest).toBeNull();
      expect(reading.problems.map(({ severity }) => severity)).not.toContain("warning");
    },
  );

  it("never repeats a secret", async () => {
    for (const name of filesIn("invalid")) {
      const reading = await read(readFileSync(`${fixtures}/invalid/${name}`));
      expect(JSON.stringify(reading)).not.toMatch(/s3cr3t|cr3t/);
    }
  });

  it("has a message on one printable line for every problem", async () => {
    for (const name of filesIn("invalid")) {
      const { problems } = await read(readFileSync(`${fixtures}/invalid/${name}`));
      for (const { message } of problems) expect(message).toMatch(/^\P{Cc}{5,300}$/u);
    }
  });

  it("exists for every code of the manifest [R-MANIFEST-04] [R-MANIFEST-05] [R-MANIFEST-07]", () => {
    const codes = new Set(
      [...filesIn("invalid").map((name) => `invalid/${name}`), ...filesIn("strict").map((name) => `strict/${name}`)]
        .flatMap((name) => expectations(`${fixtures}/${name}`))
        .map((line) => line.split(" ")[0]),
    );
    expect([...codes].toSorted()).toEqual(
      [
        "INVALID_TOML UNRESOLVED_CONFLICT UNSUPPORTED_VERSION MISSING_FIELD INVALID_TYPE UNKNOWN_KEY INVALID_SKILL_ID DUPLICATE_SKILL_ID",
        "INVALID_REPO_URL INVALID_REF INVALID_SUBPATH INVALID_MODE INVALID_CONCURRENCY INVALID_DURATION INVALID_SIZE",
        "INVALID_ENVIRONMENT INVALID_SEMVER UNKNOWN_REGISTRY MISSING_REGISTRIES TARGET_AGENT_UNSUPPORTED",
        "TARGET_PATH_UNRESOLVED TARGET_PATH_INVALID EMPTY_VERIFY_CHECKS CONFLICTING_TARGETS INVALID_AGENT INVALID_GLOB",
      ]
        .flatMap((line) => line.split(" "))
        .toSorted(),
    );
  });
});

describe("a manifest with unknown keys", () => {
  it.each(filesIn("strict"))("%s is read with warnings [R-MANIFEST-03]", async (name) => {
    const file = `${fixtures}/strict/${name}`;
    const reading = await read(readFileSync(file));
    expect(found(reading)).toEqual(expectations(file));
    expect(new Set(reading.problems.map(({ severity }) => severity))).toEqual(new Set(["warning"]));
    expect(reading.manifest).not.toBeNull();
  });

  it.each(filesIn("strict"))("%s is refused when reading strictly [R-MANIFEST-03]", async (name) => {
    const file = `${fixtures}/strict/${name}`;
    const reading = await read(readFileSync(file), { strict: true });
    expect(found(reading)).toEqual(expectations(file));
    expect(reading.manifest).toBeNull();
  });
});

describe("a valid manifest", () => {
  it.each(filesIn("valid"))("%s is read without a problem, also strictly", async (name) => {
    const reading = await read(readFileSync(`${fixtures}/valid/${name}`), { strict: true });
    expect(reading.problems).toEqual([]);
    expect(reading.manifest).not.toBeNull();
  });

  it("includes the example that is shipped", async () => {
    const reading = await read(readFileSync(`${fixtures}/../../skills.toml.example`), { strict: true });
    expect(reading.problems).toEqual([]);
    expect(reading.manifest?.skills.length).toBeGreaterThan(3);
  });
});
