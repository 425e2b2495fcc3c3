import type * as Prompts from "@clack/prompts";
import { EdenError } from "../../errors.js";
import type { Picker, PickableAgent } from "../../install/picker.js";
import { weighsAtLeast } from "../../skill/audit/finding.js";
import type { DiscoveredSkill } from "../../source/discovery.js";
import { terminal } from "../../system/terminal.js";
import { formatBytes } from "../terms/bytes.js";
import { shortPath, type Standpoint } from "../terms/short-path.js";
import { someOf } from "../terms/some-of.js";
import { count } from "../views/count.js";
import { oneLine } from "../views/one-line.js";
import type { Session } from "./session.js";

/** Rows of a list; the others are found by typing. */
const MOST_ROWS = 12;
const LONGEST_HINT = 160;

/** Asks with lists of check boxes on the terminal. The library is loaded with the first question. */
export function pickerFor({ host, err }: Pick<Session, "host" | "err">, { isDryRun }: { isDryRun: boolean }): Picker {
  return {
    async agents(known) {
      const options = known.map((agent) => agentOption(agent, host));
      const initialValues = known.filter(({ isFound }) => isFound).map(({ id }) => id);
      return await choose(err, { message: "For which agents?", options, initialValues });
    },
    async skills(found) {
      const options = found.map(skillOption);
      const chosen = new Set(await choose(err, { message: "Which skills?", options, initialValues: [] }));
      return found.filter(({ path }) => chosen.has(path));
    },
    async confirm({ skills, targets, manifest }) {
      if (isDryRun) return;
      const { confirm } = await prompts(err);
      const where = targets.length === 0 ? "the targets of the manifest" : someOf(targets.map(oneLine));
      const what = `${count(skills.length, "skill", "skills")} (${someOf(skills.map(oneLine))})`;
      const message = `Install ${what} for ${where}, and write ${oneLine(shortPath(manifest, host))}?`;
      if ((await confirm({ message, ...terminal() })) !== true) throw cancelled();
    },
  };
}

interface Question {
  message: string;
  options: { value: string; label: string; hint: string }[];
  initialValues: string[];
}

/** A list that is filtered by typing. @returns at least one value. */
async function choose(err: Session["err"], question: Question): Promise<string[]> {
  const { autocompleteMultiselect, isCancel } = await prompts(err);
  const chosen = await autocompleteMultiselect({
    ...question,
    ...terminal(),
    required: true,
    maxItems: MOST_ROWS,
    placeholder: "Type to filter",
    filter: (typed, { label = "", value, hint = "" }) =>
      `${label} ${value} ${hint}`.toLowerCase().includes(typed.trim().toLowerCase()),
  });
  if (isCancel(chosen)) throw cancelled();
  return chosen;
}

async function prompts(err: Session["err"]): Promise<typeof Prompts> {
  await err.flush();
  return await import("@clack/prompts");
}

function cancelled(): EdenError {
  return new EdenError("CANCELLED", "nothing was chosen", { exitCode: 130, hint: "Nothing was changed." });
}

function agentOption({ id, name, directory, isFound }: PickableAgent, here: Standpoint) {
  const hint = `${oneLine(name)}, ${oneLine(shortPath(directory, here))}`;
  return { value: id, label: oneLine(id), hint: isFound ? `${hint}, found here` : hint };
}

/** The risks are in the label: a hint is only shown for the row of the cursor. */
function skillOption({ id, path, description, facts }: DiscoveredSkill) {
  const about = cut(oneLine(description));
  const label = oneLine(id);
  if (facts === undefined) return { value: path, label, hint: about };
  const { files, bytes, findings } = facts;
  const heavy = findings.filter(({ severity }) => weighsAtLeast(severity, "high"));
  const rules = [...new Set((heavy.length > 0 ? heavy : findings).map(({ rule }) => rule))];
  const risk = rules.length === 0 ? "" : ` [${heavy.length > 0 ? "risk" : "review"}: ${rules.join(", ")}]`;
  return {
    value: path,
    label: `${label}${risk}`,
    hint: `${about} ${count(files, "file", "files")}, ${formatBytes(bytes)}`,
  };
}

function cut(text: string): string {
  return text.length > LONGEST_HINT ? `${text.slice(0, LONGEST_HINT - 1)}…` : text;
}
