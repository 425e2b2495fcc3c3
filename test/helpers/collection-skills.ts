import { createHash } from "node:crypto";
import type { Files } from "./fast-import.js";

/** A skill as it lies in a repository: its name, and its files by their path within it. */
export interface SkillFiles {
  name: string;
  files: Files;
}

/** The n-th skill of the endless series: always the same, and unlike its neighbours. */
export function skillFiles(index: number): SkillFiles {
  const topic = TOPICS[index % TOPICS.length] ?? "notes";
  const round = Math.floor(index / TOPICS.length);
  const name = round === 0 ? topic : `${topic}-${round + 1}`;
  const extras = EXTRAS.filter((_, bit) => index % (bit + 2) === 0);
  return {
    name,
    files: Object.assign({ "SKILL.md": skillMarkdown(name, index) }, ...extras.map((make) => make(index))),
  };
}

/** A `SKILL.md` with front matter as authors write it. */
export function skillMarkdown(name: string, variant = 0): string {
  const words = name.replaceAll("-", " ");
  const licence = variant % 3 === 0 ? "license: MIT\n" : variant % 3 === 1 ? "license: Apache-2.0\n" : "";
  return [
    "---",
    `name: ${name}`,
    `description: "Helps with ${words}: what to look at first, what to avoid. Use it when a task mentions ${words}."`,
    `${licence}metadata:`,
    '  version: "1.0"',
    "---",
    "",
    `# ${words}`,
    "",
    `1. Read what is there about ${words}.`,
    "2. Change the smallest thing that helps.",
    "3. Run the checks, and say what they showed.",
    "",
  ].join("\n");
}

const TOPICS = [
  "release-notes",
  "web-design",
  "sql-tuning",
  "log-reading",
  "code-review",
  "pdf-forms",
  "test-writing",
  "api-clients",
  "on-call",
  "translation",
  "data-cleaning",
  "threat-models",
  "docker-images",
  "changelogs",
  "accessibility",
  "spreadsheets",
  "regex-help",
  "type-errors",
  "git-history",
  "interviews",
];

/** What a skill may hold besides SKILL.md; the n-th is given to every (n + 2)-th skill, so that all mixtures occur. */
const EXTRAS: ((index: number) => Files)[] = [
  (index) => ({
    "scripts/run.sh": { content: `#!/bin/sh\necho "skill ${index}"\n`, executable: true },
    "scripts/lib/common.py": "def answer():\n    return 42\n",
  }),
  (index) => ({
    "assets/blob.bin": bytes(index, 3000 + 97 * index),
    "assets/icons/dot.png": bytes(index + 1, 120),
  }),
  () => ({
    "references/guide.md": "# Guide\n\nThe long version.\n",
    "references/latest.md": { symlink: "guide.md" },
    guide: { symlink: "references" },
  }),
  () => ({
    "references/größe und datum.md": "Maße: 3 µm × 5 µm\n",
    "references/日本語/手順.md": "手順\n",
    "references/emoji 🌱.txt": "grow\n",
  }),
  () => ({
    "windows.txt": "first line\r\nsecond line\r\n",
    "mixed.txt": "unix\nwindows\r\n",
    "no-newline.txt": "end",
  }),
  (index) => ({
    ".gitattributes":
      "*.txt text eol=crlf\n*.md ident\n*.sh text eol=crlf\n*.bin filter=lfs -text\n*.u16 working-tree-encoding=UTF-16\n",
    "dates.txt": "one\ntwo\nthree\n",
    "ident.md": "$Id$\n",
    "large.bin": bytes(index, 512),
    "text.u16": "not utf-16 in the repository\n",
  }),
  () => ({ "empty.txt": "", "assets/.gitkeep": "" }),
  () => ({
    LICENSE: "Apache License, Version 2.0\nSee http://www.apache.org/licenses/LICENSE-2.0\n",
  }),
  () => ({ "a/b/c/d/e/f/deep.md": "Six levels down.\n" }),
];

/** Bytes that look random, contain NUL and every line ending, and are the same everywhere. */
function bytes(seed: number, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < length; at += 32) blocks.push(createHash("sha256").update(`${seed}:${at}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}
