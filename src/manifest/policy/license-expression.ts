import type { Info } from "spdx-expression-parse";
import type { PolicyRules } from "./policy-document.js";
import type { FieldPath } from "../format/findings.js";

/** What a list says instead of a licence about skills whose licence is not known. */
export const UNKNOWN_LICENSE = "unknown";

/** Longer expressions are not read. */
const LONGEST = 300;

/** An expression of SPDX; null for anything else. */
export async function parseLicense(text: string): Promise<Info | null> {
  if (text.length > LONGEST) return null;
  const { default: parse } = await import("spdx-expression-parse");
  try {
    return parse(text);
  } catch {
    return null;
  }
}

/** The entries of `licenses` that are neither a licence of SPDX nor "unknown". */
export async function licenseProblems({ licenses = {} }: PolicyRules): Promise<{ at: FieldPath; message: string }[]> {
  const problems: { at: FieldPath; message: string }[] = [];
  for (const list of ["allow", "deny"] as const) {
    for (const [index, entry] of (licenses[list] ?? []).entries()) {
      const parsed = entry === UNKNOWN_LICENSE ? null : await parseLicense(entry);
      if (entry === UNKNOWN_LICENSE || (parsed !== null && "license" in parsed)) continue;
      const what = parsed === null ? "not a licence of SPDX" : "more than one licence";
      const message = `"${entry}" is ${what}: write "Apache-2.0", or "unknown"`;
      problems.push({ at: ["licenses", list, index], message });
    }
  }
  return problems;
}
