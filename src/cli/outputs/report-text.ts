import type { Report } from "../../run/report.js";
import { formatJson } from "../views/json-view.js";
import type { ManifestPlace } from "./manifest-place.js";

export const REPORT_FORMATS = ["json", "html", "markdown", "junit", "gitlab"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** The format that the name of a file stands for; JSON if it says nothing. */
export function formatOfName(path: string): ReportFormat {
  if (/\.html?$/iu.test(path)) return "html";
  if (/\.(?:md|markdown)$/iu.test(path)) return "markdown";
  if (/\.xml$/iu.test(path)) return "junit";
  return /code-?quality[^/\\]*\.json$/iu.test(path) ? "gitlab" : "json";
}

/** A report in a format. Each is loaded when it is asked for. */
export async function reportText(
  format: ReportFormat,
  report: Report,
  manifest: () => Promise<ManifestPlace>,
): Promise<string> {
  switch (format) {
    case "html":
      return (await import("../page/report-page.js")).reportPage(report);
    case "markdown":
      return (await import("./report-markdown.js")).reportMarkdown(report);
    case "junit":
      return (await import("./junit.js")).junitXml(report);
    case "gitlab":
      return (await import("./code-quality.js")).codeQuality(report, await manifest());
    case "json":
      return `${formatJson(report)}\n`;
  }
}
