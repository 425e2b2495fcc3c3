import * as z from "zod/mini";
import { isScript } from "../skill/script.js";
import type { SkillFile } from "../skill/skill-tree.js";

const riskLabel = z.enum(["binaries", "executables", "scripts"]);

/** Facts about the content of a skill that a user may want to check before an agent uses it. */
export const safetySchema = z.object({
  license: z.object({
    status: z.enum(["permissive", "non_permissive", "unknown"]),
    name: z.nullable(z.string()),
  }),
  /** Sorted, each at most once. */
  risks: z.array(riskLabel),
});

export type Safety = z.infer<typeof safetySchema>;
export type RiskLabel = z.infer<typeof riskLabel>;

/**
 * The risks that one file adds to its skill: an executable bit, a script by name or first line, a
 * NUL byte as in binaries.
 */
export function risksOfFile(file: SkillFile, content: Buffer): RiskLabel[] {
  if (file.mode === "120000") return [];
  const risks: RiskLabel[] = [];
  if (content.subarray(0, 8000).includes(0)) risks.push("binaries");
  if (file.mode === "100755") risks.push("executables");
  if (isScript(file.path, content)) risks.push("scripts");
  return risks;
}

/** True for a licence file at the root of a skill. */
export function isLicenseFile(path: string): boolean {
  return /^(?:licen[cs]e|copying|unlicense)(?:[.-][a-z0-9.-]+)?$/iu.test(path);
}

/**
 * The licence from the text of a licence file, or from the front matter; `unknown` if neither is
 * recognised.
 */
export function licenseOf(text: string | null): Safety["license"] {
  if (text === null || text.trim() === "") return { status: "unknown", name: null };
  for (const [pattern, name, status] of LICENSES) {
    if (pattern.test(text)) return { status, name };
  }
  return { status: "unknown", name: null };
}

/** Non-permissive first: their texts and names contain those of others. */
const LICENSES: readonly (readonly [RegExp, string, "permissive" | "non_permissive"])[] = [
  [/\bAGPL|GNU AFFERO GENERAL PUBLIC/iu, "AGPL", "non_permissive"],
  [/\bLGPL|GNU LESSER GENERAL PUBLIC/iu, "LGPL", "non_permissive"],
  [/\bGPL|GNU GENERAL PUBLIC/iu, "GPL", "non_permissive"],
  [/\bMPL\b|Mozilla Public License/iu, "MPL", "non_permissive"],
  [/\bCC[ -]BY[ -](?:NC|SA|ND)|NonCommercial|ShareAlike|NoDerivatives/iu, "CC restricted", "non_permissive"],
  [
    /\bproprietary\b|all rights reserved(?![\s\S]*permission is hereby granted)(?![\s\S]*redistribution and use)/iu,
    "proprietary",
    "non_permissive",
  ],
  [/\bApache(?:-2\.0| License| 2)/iu, "Apache-2.0", "permissive"],
  [/\bMIT\b|Permission is hereby granted, free of charge/u, "MIT", "permissive"],
  [/\bBSD\b|Redistribution and use in source and binary forms/u, "BSD", "permissive"],
  [/\bISC\b|Permission to use, copy, modify, and\/or distribute/u, "ISC", "permissive"],
  [/\bCC0\b|CC Zero/iu, "CC0-1.0", "permissive"],
  [/\bUnlicense\b|free and unencumbered software released into the public domain/iu, "Unlicense", "permissive"],
  [/\b0BSD\b/u, "0BSD", "permissive"],
  [/\bCC[ -]BY[ -]4\.0\b/iu, "CC-BY-4.0", "permissive"],
];
