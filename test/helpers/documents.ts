import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A fenced block of a Markdown document. */
export interface Block {
  /** `docs/ci.md:41`: the document, and the line of the fence. */
  place: string;
  language: string;
  text: string;
  /** What HTML comments directly before it say, by their first word. */
  marks: Marks;
}

export interface Marks {
  /** Why a test cannot run it. */
  "not run"?: string;
  /** The file of the project that it is; it is written there. */
  file?: string;
  /** Commands before it that readers do not see. */
  before?: string;
  /** The exit code, if not 0. */
  exit?: string;
  /** It begins on a machine of its own. */
  machine?: string;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MARKS = ["not run", "file", "before", "exit", "machine"] as const;

/** README, and what is in docs/; paths relative to the project. */
export function documents(): string[] {
  const guides = readdirSync(`${ROOT}docs`).filter((name) => name.endsWith(".md"));
  return ["README.md", ...guides.toSorted().map((name) => `docs/${name}`)];
}

/** The text of a document. */
export function documentText(path: string): string {
  return readFileSync(`${ROOT}${path}`, "utf8");
}

/** The blocks of a document, in order. */
export function blocksOf(path: string): Block[] {
  const blocks: Block[] = [];
  let marks: Marks = {};
  const parts = documentText(path).matchAll(/^<!-- ([\s\S]*?) ?-->$|^( *)```(\w*)\n([\s\S]*?)^ *```$|^.*\S.*$/gmu);
  for (const [whole, comment, indent = "", language, text, ,] of Array.from(parts)) {
    if (comment !== undefined) marks = { ...marks, ...markOf(comment) };
    else {
      if (text !== undefined && language !== undefined) {
        const line = documentText(path).slice(0, documentText(path).indexOf(whole)).split("\n").length;
        const plain = text.replaceAll(new RegExp(`^${indent}`, "gmu"), "");
        blocks.push({ place: `${path}:${line}`, language, text: plain, marks });
      }
      marks = {};
    }
  }
  return blocks;
}

function markOf(comment: string): Marks {
  const name = MARKS.find((mark) => comment.startsWith(`${mark}:`));
  return name === undefined ? {} : { [name]: comment.slice(name.length + 1).trim() };
}
