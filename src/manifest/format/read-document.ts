import * as z from "zod/mini";
import type { FieldPath } from "./findings.js";
import { issueMessage } from "./issue-message.js";

/** A problem of a document, with one of our codes. */
export interface DocumentIssue {
  code: string;
  at: FieldPath;
  message: string;
}

/** A document that its schema accepts, or all its problems: one per field and code. */
export function readDocument<S extends z.core.$ZodType>(
  schema: S,
  value: unknown,
): { document: z.output<S> } | { issues: [DocumentIssue, ...DocumentIssue[]] } {
  const result = z.safeParse(schema, value, { error: issueMessage, reportInput: true });
  if (result.success) return { document: result.data };
  const byPlace = new Map<string, DocumentIssue>();
  for (const issue of result.error.issues.flatMap(issuesOf)) {
    const place = JSON.stringify([issue.code, issue.at]);
    if (!byPlace.has(place)) byPlace.set(place, issue);
  }
  return { issues: [...byPlace.values()] as [DocumentIssue, ...DocumentIssue[]] };
}

function issuesOf(issue: z.core.$ZodIssue): DocumentIssue[] {
  const at = issue.path as FieldPath;
  const meant = issue.code === "invalid_union" ? issue.errors.filter((issues) => !issues.some(isOtherKind)) : [];
  if (meant.length === 1)
    return (meant[0] ?? []).flatMap(issuesOf).map((inner) => ({ ...inner, at: [...at, ...inner.at] }));
  if (issue.code !== "unrecognized_keys") return [{ code: codeOf(issue), at, message: issue.message }];
  const messages = issue.message.split("\n");
  return issue.keys.map((key, index) => ({ code: "UNKNOWN_KEY", at: [...at, key], message: messages[index] ?? "" }));
}

/** True if an option of a union is for another kind of value, such as a table instead of a string. */
function isOtherKind({ code, path }: z.core.$ZodIssue): boolean {
  return path.length === 0 && (code === "invalid_type" || code === "invalid_value");
}

function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.input === undefined || (issue.code === "too_small" && issue.origin === "array")) return "MISSING_FIELD";
  // Added by `rule` and `coded`.
  const { params } = issue as { params?: { code?: string } };
  return params?.code ?? "INVALID_TYPE";
}

/**
 * Removes the named fields from a document. An array element is replaced by an empty table, so that
 * the others keep their positions.
 */
export function removeFields(document: Record<string, unknown>, fields: readonly FieldPath[]): void {
  for (const at of fields) {
    const parent = at.slice(0, -1).reduce<unknown>((value, step) => childOf(value, step), document);
    const last = at.at(-1) ?? "";
    if (Array.isArray(parent)) parent[Number(last)] = {};
    else if (typeof parent === "object" && parent !== null) delete (parent as Record<string, unknown>)[last];
  }
}

function childOf(value: unknown, step: string | number): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined;
}
