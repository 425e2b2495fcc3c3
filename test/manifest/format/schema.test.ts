import { readdirSync, readFileSync } from "node:fs";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { formatLockfile } from "../../../src/manifest/lockfile/format-lockfile.js";
import { manifestSchema } from "../../../src/manifest/document/manifest-schema.js";
import { lockfileJsonSchema, manifestJsonSchema } from "../../../src/manifest/format/schema.js";
import { lockfileSchema } from "../../../src/manifest/lockfile/lockfile-schema.js";
import { expectations, fixtures } from "../manifest-world.js";

/** Codes of problems that lie in one value, which a schema can see as well as the reader. */
const OF_ONE_VALUE = [
  "UNSUPPORTED_VERSION",
  "MISSING_FIELD",
  "INVALID_TYPE",
  "UNKNOWN_KEY",
  "INVALID_MODE",
  "INVALID_DURATION",
  "INVALID_SIZE",
  "INVALID_ENVIRONMENT",
  "INVALID_SEMVER",
];
/** Faults that take more than one field, or more arithmetic than a pattern, to see. */
const BEYOND = [
  "missing-field-repo",
  "missing-field-source",
  "missing-field-everything",
  "missing-field-id",
  "missing-field-targets",
  "invalid-type-load-crossed",
  "invalid-type-source-and-name",
  "invalid-duration-too-long",
  "invalid-duration-interval-zero",
  // JSON knows no dates.
  "invalid-type-reactor-date",
];

/** TOML tables have no prototype; zod's records want plain objects. */
const documentOf = (file: string): unknown => structuredClone(parse(readFileSync(file, "utf8").replace(/^\uFEFF/, "")));

describe("the manifest's schema", () => {
  it.each(readdirSync(`${fixtures}/valid`))("accepts %s, as the reader does", (name) => {
    expect(manifestSchema.safeParse(documentOf(`${fixtures}/valid/${name}`)).error).toBeUndefined();
  });

  it("accepts the example", () => {
    expect(manifestSchema.safeParse(documentOf(`${fixtures}/../../skills.toml.example`)).error).toBeUndefined();
  });

  it("names no key that the example does not explain", () => {
    const example = readFileSync(`${fixtures}/../../skills.toml.example`, "utf8");
    const keys = new Set<string>();
    const visit = (node: unknown): void => {
      if (typeof node !== "object" || node === null) return;
      if ("properties" in node) for (const key of Object.keys(node.properties as object)) keys.add(key);
      Object.values(node).forEach(visit);
    };
    visit(manifestJsonSchema());
    expect(keys.size).toBeGreaterThan(40);
    expect([...keys].filter((key) => !new RegExp(`\\b${key}\\b`, "u").test(example))).toEqual([]);
  });

  const faulty = ["invalid", "strict"]
    .flatMap((directory) => readdirSync(`${fixtures}/${directory}`).map((name) => `${directory}/${name}`))
    .filter((name) => OF_ONE_VALUE.includes(expectations(`${fixtures}/${name}`)[0]?.split(" ")[0] ?? ""))
    .filter((name) => !BEYOND.some((known) => name.endsWith(`/${known}.toml`)));

  it.each(faulty)("refuses %s, as the reader does", (name) => {
    expect(manifestSchema.safeParse(documentOf(`${fixtures}/${name}`)).success).toBe(false);
  });

  it("becomes a JSON Schema with descriptions, defaults in the manifest's notation, and closed tables [R-MANIFEST-16]", () => {
    const schema = JSON.parse(JSON.stringify(manifestJsonSchema()));
    expect(schema).toMatchObject({
      type: "object",
      additionalProperties: false,
      required: ["version"],
      properties: {
        version: { type: "integer", minimum: 1, maximum: 1 },
        reactor: {
          properties: { timeout: { default: "120s" }, load: { properties: { memory_high: { default: 85 } } } },
        },
        limits: { properties: { max_bytes: { default: "64MiB" } } },
        agents: { propertyNames: { not: { const: "custom" } }, additionalProperties: { minProperties: 1 } },
        skills: {
          type: "array",
          items: {
            anyOf: [{ required: ["id"] }, { required: ["name"] }],
            properties: { install: { properties: { mode: { enum: ["symlink", "copy"] } } }, targets: { minItems: 1 } },
          },
        },
      },
    });
    expect(JSON.stringify(schema)).not.toContain('"description":""');
  });
});

describe("the lockfile's schema", () => {
  it("accepts what is written, and asks for every field", () => {
    const text = formatLockfile(
      {
        skills: [
          {
            id: "a",
            sourceRepo: "acme/skills",
            sourceRef: "",
            sourceSubpath: ".",
            resolvedCommit: "a".repeat(40),
            tree: "b".repeat(40),
            integrity: "",
            installMode: "copy",
            targets: [{ agent: "codex", path: "/p/a" }],
          },
        ],
      },
      { manifestDirectory: "/p", home: "/h" },
    );
    expect(lockfileSchema.safeParse(structuredClone(parse(text))).error).toBeUndefined();
    expect(lockfileJsonSchema()).toMatchObject({
      required: ["version"],
      properties: { skills: { items: { type: "object" } } },
    });
  });
});
