import type { Report } from "../../run/report.js";
import type { Tally } from "../../run/tally.js";
import { join } from "node:path";
import type { Palette } from "../terms/colour.js";
import type { Standpoint } from "../terms/short-path.js";
import { formatDuration } from "../terms/duration.js";
import { someOf } from "../terms/some-of.js";
import { withTilde } from "../terms/tilde.js";
import { count } from "./count.js";

/** What was asked. */
export interface Asked {
  command: string;
  /** Absolute. */
  manifest: string;
  /** Only these skills; empty: all. */
  ids?: readonly string[] | undefined;
  groups?: readonly string[] | undefined;
  /** Where the skills of an install come from. */
  sources?: readonly string[] | undefined;
  /** The state of a rollback. */
  to?: number | undefined;
}

/**
 * The first line of a result: `apply in ~/team/skills.toml: 63 skills from 12 sources`. The manifest
 * is named unless it is the one of the working directory.
 * @param concerned the skills that it is about; null if there are none.
 */
export function askedLine(
  { command, manifest, ids = [], groups = [], sources = [], to }: Asked,
  concerned: string | null,
  here: Standpoint,
): string {
  const words = [
    command,
    ...(to === undefined ? [] : [`to state ${to}`]),
    ...(ids.length === 0 ? [] : [someOf(ids)]),
    ...(groups.length === 0 ? [] : [`--group ${groups.join(" ")}`]),
    ...(sources.length === 0 ? [] : [`from ${someOf(sources)}`]),
    ...manifestWords(manifest, here),
  ];
  return concerned === null ? words.join(" ") : `${words.join(" ")}: ${concerned}`;
}

/** `63 skills from 12 sources`; null for none. */
export function wantedSkills({ wanted, sources }: Tally): string | null {
  return wanted === 0 ? null : `${count(wanted, "skill")} from ${count(sources, "source")}`;
}

/** `in ~/team/skills.toml`; nothing for the manifest of the working directory. */
export function manifestWords(manifest: string, { home, cwd }: Standpoint): string[] {
  return manifest === join(cwd, "skills.toml") ? [] : [`in ${withTilde(manifest, home)}`];
}

/** The part of a report that its last line shows. */
export type Ended = Pick<Report, "command" | "outcome" | "elapsed_ms"> & {
  summary: Pick<Report["summary"], "warm" | "push">;
};

/** What is true now: `61 of 63 skills installed, 2 failed`. */
export function verdictText({ command, outcome, summary: { warm, push } }: Ended, tally: Tally): string {
  const facts =
    command === "warm" && warm !== undefined ? warmFacts(warm, tally.cancelled) : installFacts(command, outcome, tally);
  if (push !== undefined) facts.push(...pushFacts(push));
  const isPlain = tally.failed + tally.cancelled + tally.left === 0;
  if (outcome === "failed" && isPlain && warm === undefined) facts.push("but the run failed");
  return facts.join(", ");
}

/** The last line of every run: the verdict, and how long the run took. */
export function lastLine(ended: Ended, tally: Tally, colours: Palette): string {
  const { outcome, elapsed_ms } = ended;
  const tone = outcome === "ok" ? colours.good : outcome === "conflict" ? colours.odd : colours.bad;
  return `${tone(verdictText(ended, tally))}; ${formatDuration(elapsed_ms)}`;
}

function installFacts(command: string, outcome: Report["outcome"], tally: Tally): string[] {
  const { wanted, installed, failed, conflicts, cancelled, metadataOnly, held, removed, left } = tally;
  const facts: [number, string][] = [
    [failed, `${failed} failed`],
    [conflicts, `${conflicts} in conflict`],
    [cancelled, `${cancelled} not done`],
    [metadataOnly, `${metadataOnly} without files, as asked`],
    [held, `${held} ${held === 1 ? "keeps its pin" : "keep their pins"}`],
    [removed, wanted === 0 ? `${count(removed, "skill")} removed` : `${removed} removed`],
    [left, `${left} not removed`],
  ];
  const stated = facts.filter(([number]) => number > 0).map(([, text]) => text);
  if (wanted > 0) return [`${installed} of ${wanted} skills installed`, ...stated];
  if (stated.length > 0) return stated;
  if (outcome === "cancelled" || outcome === "breached") return ["ended before the skills were known"];
  return [command === "remove" ? "nothing to remove" : "no skills to install"];
}

function pushFacts({ pushed, present, failed }: NonNullable<Ended["summary"]["push"]>): string[] {
  return [
    ...(pushed > 0 ? [`${pushed} pushed`] : []),
    ...(present > 0 ? [`${present} in the remote store before`] : []),
    ...(failed > 0 ? [`${failed} not pushed`] : []),
  ];
}

function warmFacts(
  { hydrated, skipped_existing: existing, failed }: NonNullable<Ended["summary"]["warm"]>,
  cancelled: number,
): string[] {
  const all = hydrated + existing + failed;
  return [
    `${hydrated + existing} of ${all} skills in the store`,
    ...(hydrated > 0 && existing > 0 ? [`${hydrated} of them new`] : []),
    ...(failed > cancelled ? [`${failed - cancelled} failed`] : []),
    ...(cancelled > 0 ? [`${cancelled} not done`] : []),
  ];
}
