import fc from "fast-check";
import { sanitize } from "../../../src/errors.js";
import { AnnouncedSize } from "../../../src/git/announced-size.js";
import { BatchAnswer } from "../../../src/git/batch-answer.js";
import { classifyFailure } from "../../../src/git/failure.js";
import { listTrees } from "../../../src/git/list-trees.js";
import { OwnerSettings } from "../../../src/git/owner-settings.js";
import { PackAnswer, RefusedByServer } from "../../../src/git/pack-answer.js";
import { MalformedAnswer } from "../../../src/git/pkt-line.js";
import { parseRefs } from "../../../src/git/ask-directly.js";
import { repositoryAt } from "../../../src/manifest/source/skill-source.js";
import { parseSource } from "../../../src/manifest/source/source-grammar.js";
import { checkEntries } from "../../../src/skill/skill-tree.js";
import { fixtures, texts, type Target } from "../target.js";

const id = "a".repeat(40);
const packet = (text: string) => `${(Buffer.byteLength(text, "latin1") + 4).toString(16).padStart(4, "0")}${text}`;
const REFS = `${packet(`${id} HEAD\n`)}${packet(`${id} refs/heads/main\n`)}${packet(`${id} refs/tags/v1 peeled:${id}\n`)}0000`;
const PACK = `${packet("shallow-info\n")}${packet(`shallow ${id}\n`)}0001${packet("packfile\n")}${packet("\u0002Counting objects: 5\r")}${packet("\u0001PACK\0\0\0\u0002\0\0\0\u0001x")}0000`;

const lines = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "shallow-info\n",
        `shallow ${id}\n`,
        "packfile\n",
        "ERR no\n",
        `${id} refs/heads/main\n`,
        "\u0001x",
        "\u0003no",
      ),
      fc.string({ unit: "binary-ascii", maxLength: 40 }),
    ),
    { maxLength: 12 },
  )
  .map((all) =>
    Buffer.from(
      all
        .map((one) => packet(one))
        .join("0001")
        .concat("0000"),
      "latin1",
    ),
  );

const tree = (...entries: [mode: string, name: string][]) =>
  Buffer.concat(entries.flatMap(([mode, name]) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")]));
const TREES = [
  tree(["100644", "SKILL.md"], ["120000", "l"], ["100755", "run"]),
  tree(["160000", "m"], ["100664", "old"]),
];

const source = () => {
  const parsed = parseSource("acme/skills", { directory: "/p", home: "/h" });
  if (parsed.kind === "refused") throw new Error(parsed.reason);
  return repositoryAt("acme/skills", parsed);
};

/** What git and servers of repositories send. */
export const PROTOCOL: Target[] = [
  {
    name: "text of git",
    seeds: fixtures("git-stderr", ".txt"),
    run([bytes = Buffer.alloc(0)]) {
      const stderr = bytes.toString();
      const { message } = classifyFailure({ stderr, exitCode: 128, signal: null }, source());
      const size = new AnnouncedSize();
      let isLarge = false;
      try {
        size.read(stderr);
      } catch (error) {
        if (error !== size.tooLarge) throw error;
        isLarge = true;
      }
      return [sanitize(message), isLarge];
    },
  },
  {
    name: "answer with refs",
    seeds: texts(REFS),
    generated: lines,
    expected: [MalformedAnswer],
    run: ([bytes = Buffer.alloc(0)]) => parseRefs(bytes),
  },
  {
    name: "answer with a pack",
    seeds: texts(PACK, PACK.slice(0, -4) + packet("\u0003no")),
    generated: lines,
    expected: [MalformedAnswer, RefusedByServer],
    run([bytes = Buffer.alloc(0)]) {
      const answer = new PackAnswer(10, () => {});
      const middle = Math.floor(bytes.length / 3);
      const pack = [bytes.subarray(0, middle), bytes.subarray(middle)].flatMap((chunk) => answer.read(chunk));
      answer.end();
      return pack;
    },
  },
  {
    name: "objects from git",
    seeds: texts(`${id} blob 5\nhello\n`, `${id} missing\n${id} tree 0\n\n`),
    async run([bytes = Buffer.alloc(0)]) {
      const taken: number[] = [];
      const answer = new BatchAnswer(
        [id, id, "x"],
        {
          accepts: ({ size }) => size < 100_000,
          take: (_, content) => void taken.push(content.length),
          missing: () => {},
        },
        () => {},
      );
      for (let start = 0; start < bytes.length; start += 700) await answer.arrived(bytes.subarray(start, start + 700));
      return taken;
    },
  },
  {
    name: "trees",
    seeds: TREES,
    async run([content = Buffer.alloc(0)]) {
      const reader = {
        read: async (names: readonly string[], receiver: Parameters<Parameters<typeof listTrees>[0]["read"]>[1]) => {
          for (const [index, name] of names.entries()) {
            const object = { name, index, oid: id, type: "tree", size: content.length };
            if (name.includes("deep")) receiver.missing(name, index);
            else if (receiver.accepts(object)) await receiver.take(object, content);
          }
        },
      } as Parameters<typeof listTrees>[0];
      const [listing] = await listTrees(reader, [{ commit: id, subpath: "." }], 200);
      if (listing === undefined || "problem" in listing) return listing;
      return checkEntries(listing.entries, { maxFiles: 100, maxFileBytes: 1e4, maxBytes: 1e5, maxDepth: 8 });
    },
  },
  {
    name: "settings of git",
    seeds: texts(
      "user.name\na\0url.https://h/.insteadof\ngit@h:\0http.https://h/.proxy\nx\0protocol.ext.allow\nnever\0",
    ),
    run([bytes]) {
      const settings = OwnerSettings.parse(String(bytes));
      return [
        settings.rewriteOf("git@h:a/b"),
        settings.forbids("ext"),
        settings.value("user.name"),
        settings.sshCommand,
      ];
    },
  },
];
