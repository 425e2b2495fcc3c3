import type { Proposal } from "../../propose/propose.js";
import type { Palette } from "../terms/colour.js";
import { count } from "./count.js";
import { oneLine } from "./one-line.js";

/** One pull request, as lines; in a dry run with its text. */
export function proposalLines(proposal: Proposal, isDryRun: boolean, colours: Palette): string[] {
  const { action, branch, base, url, message, pins, failures, title, body } = proposal;
  const verb = isDryRun ? DRY_VERBS[action] : VERBS[action];
  const tone =
    action === "kept" ? colours.bad : action === "unchanged" || action === "none" ? colours.faint : colours.good;
  const place = oneLine(`${branch} → ${base}${url === null ? "" : `  ${url}`}`);
  const pinned = pins.length === 0 ? "" : `  (${count(pins.length, "pin")})`;
  return [
    `${tone(verb)}  ${place}${pinned}`,
    ...(message === null ? [] : [`  ${oneLine(message)}`]),
    ...(action === "kept" ? [`  hint: ${KEPT_HINT}`] : []),
    ...failures.map(({ id, message: why }) => `  ${colours.bad("not compared")}: ${oneLine(`${id}: ${why}`)}`),
    ...(isDryRun && title !== null ? ["", oneLine(title), "", ...(body ?? "").trimEnd().split("\n")] : []),
  ];
}

const KEPT_HINT = "Merge or close the pull request, and delete its branch; the next run opens a new one.";

const VERBS: Readonly<Record<Proposal["action"], string>> = {
  opened: "opened",
  renewed: "renewed",
  unchanged: "up to date",
  closed: "closed, no pin is behind",
  none: "nothing to propose",
  kept: "left as it is",
  declined: "declined before",
};

const DRY_VERBS: Readonly<Record<Proposal["action"], string>> = {
  ...VERBS,
  opened: "would open",
  renewed: "would renew",
  closed: "would close, no pin is behind",
};
