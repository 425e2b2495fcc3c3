import type { Report } from "./report.js";

/** The report of an install, and the skills that are in the manifest and installed by it. */
export interface Installed {
  report: Report;
  installed: string[];
}
