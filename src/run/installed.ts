import type { Report } from "./report.js";

/** The report of an install, with the skills that are in the manifest and were installed by it. */
export interface Installed {
  report: Report;
  installed: string[];
}
