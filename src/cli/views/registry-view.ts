import type { RegistryUpdateReport } from "../../registry/registry-update.js";
import type { Diagnostic } from "../../run/report.js";
import type { SearchReport } from "../../registry/search.js";
import { sanitize } from "../../errors.js";
import { blockLines } from "./block.js";
import { oneLine } from "./one-line.js";
import type { Palette } from "../terms/colour.js";
import { hintFor } from "../terms/explain.js";
import { table } from "./table.js";

/** One line per registry, failures with their reason, and a last line with the counts. */
export function registryUpdateLines({ registries }: RegistryUpdateReport, colours: Palette): string[] {
  const lines = registries.flatMap((one) =>
    one.code === null ? [`${WORDS[one.status]} ${one.name} ${oneLine(one.url)}`] : failureLines(one, colours),
  );
  const failed = registries.filter(({ status }) => status === "failed").length;
  const current = `${registries.length - failed} of ${registries.length} registries up to date`;
  return [...lines, failed === 0 ? current : `${current}, ${failed} failed`];
}

/** The failures alone. */
export function registryFailureLines({ registries }: RegistryUpdateReport, colours: Palette): string[] {
  return registries.flatMap((one) => (one.code === null ? [] : failureLines(one, colours)));
}

const WORDS = { cloned: "fetched", updated: "fetched", skipped: "unchanged", failed: "failed" } as const;

function failureLines(
  { name, url, code, message, hint }: RegistryUpdateReport["registries"][number],
  colours: Palette,
): string[] {
  const why = [message ?? "", ...(message?.includes(url) === true ? [] : [url])];
  return blockLines({ sign: "x", names: [name], verb: "failed", code: code ?? "INTERNAL", why, hint }, colours);
}

/** The search results as a table. */
export function searchLines({ results }: SearchReport, word: string, colours: Palette): string[] {
  if (results.length === 0)
    return [`no skill in the registries has ${JSON.stringify(oneLine(word))} in its name or description`];
  const rows = results.map(({ name, registry, description, versions }) => [
    name,
    versions[0] ?? "-",
    registry,
    shortened(oneLine(description ?? "-")),
  ]);
  const [head = "", ...lines] = table([["SKILL", "VERSION", "REGISTRY", "DESCRIPTION"], ...rows]);
  return [colours.strong(head), ...lines];
}

/** The failures besides the results. */
export function diagnosticLines(diagnostics: readonly Diagnostic[], colours: Palette): string[] {
  return diagnostics.flatMap(({ code, severity, message, hint }) => {
    const label = (severity === "error" ? colours.bad : colours.odd)(`${severity}[${code}]`);
    const advice = hint ?? hintFor(code);
    return [`${label} ${oneLine(message)}`, ...(advice === null ? [] : [`  hint: ${sanitize(advice)}`])];
  });
}

function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= WIDEST ? text : `${characters.slice(0, WIDEST - 1).join("")}…`;
}

/** Maximum characters of a description in the table. */
const WIDEST = 80;
