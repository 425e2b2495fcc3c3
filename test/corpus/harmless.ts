import { skillText } from "../helpers/manifest-of.js";
import { noise, seeded } from "../helpers/seeded.js";
import { HARMLESS_FAMILIES, UNSEEN_FAMILIES, type Family } from "./harmless-families.js";
import type { CorpusSkill } from "./corpus.js";

/** How many skills are made of one family. */
const VARIANTS = 12;

/** Harmless skills that the rules were tuned with. */
export function harmlessTuned(): CorpusSkill[] {
  return skillsOf("tuned", HARMLESS_FAMILIES);
}

/** Harmless skills of families that were not looked at while the rules were tuned. */
export function harmlessHoldout(): CorpusSkill[] {
  return skillsOf("unseen", UNSEEN_FAMILIES);
}

function skillsOf(name: string, families: Readonly<Record<string, Family>>): CorpusSkill[] {
  return Object.entries(families).flatMap(([family, make]) =>
    Array.from({ length: VARIANTS }, (_, index) => {
      const random = seeded(`harmless ${name} ${family} ${index}`);
      const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? "";
      const id = `${family}-${index}`;
      const {
        body,
        head = "",
        files = {},
      } = make({
        pick,
        index,
        bytes: (length) => noise(`${name} ${id}`, length),
        word: () => pick(WORDS),
        host: () => `${pick(["api", "docs", "www"])}.${pick(WORDS)}.example`,
      });
      const text = skillText(id, `# ${id}\n\n${pick(INTRODUCTIONS)}\n\n${body}\n\n${pick(ENDINGS)}`);
      const own = head === "" ? text : text.replace(/^---\n/u, `---\n${head}\n`);
      return { id, files: { "SKILL.md": own, ...files } };
    }),
  );
}

const WORDS = ["report", "invoice", "harbour", "lantern", "meadow", "copper", "atlas", "violet", "summit", "river"];

const INTRODUCTIONS = [
  "Use this skill when the user asks for help with this task.",
  "You are careful and ask the user before you change files. Always explain what you do.",
  "Do not guess. If something is missing, tell the user what it is. 👍",
  "Diese Anleitung beschreibt den Ablauf. Frage nach, bevor du etwas löschst.",
  "この手順に従ってください。不明な点はユーザーに確認してください。",
  "Sigue estos pasos y avisa al usuario si algo falla.",
  "Suis ces étapes. Demande à l'utilisateur avant de modifier un fichier.",
  "按照以下步骤操作。修改文件之前请先询问用户。",
];

const ENDINGS = [
  "Show the result to the user and wait for an answer.",
  "If a step fails, stop and report the message.",
  "Never overwrite the user's files without a copy.",
  "See the [documentation](https://docs.example.com/guide) for details. 🎉",
];
