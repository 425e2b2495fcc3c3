import fc from "fast-check";
import { stringify } from "smol-toml";
import type { Target } from "./target.js";

/** What parsers trip over. */
const PIECES = [
  "\0",
  "\n",
  "\r\n",
  '"',
  "'''",
  '"""',
  "\\",
  "\\u0000",
  "\u001b[2J",
  "\ufeff",
  "\ud800",
  "\ufffd",
].concat(
  ["..", "/", "//", ":", "#", "---\n", "...\n", "- ", "? ", "| ", "&a ", "*a", "<<: ", "!!js/function", "%YAML 9.9\n"],
  ["[[", "]]", "[", "]", "{", "}", "=", ",", "*", "**", "{a,b}", "!(x)", "@(a|b)", "[!a-z]", "(?=", "$(x)"],
  ["__proto__", "constructor", "toString", "null", "true", "NaN", "-0", "1e999", "9".repeat(40), "0x7fffffff"],
  ["0000", "0001", "0004", "ffff", "-1", "é", "e\u0301", "\u202e", "\u{e0041}", "\u200d", "Å", "ß", "ﬁ"],
  ["a".repeat(300), " ".repeat(300), "<<<<<<< ours\n", "=======\n", ">>>>>>> theirs\n", "1979-05-27T07:32:00Z"],
);

const NESTED: readonly [open: string, close: string][] = [
  ["[", "]"],
  ["{a=", "}"],
  ['{"a":', "}"],
  ["(", ")"],
  ["{a,", "}"],
  ["- ", ""],
  ["a.", "b = 1"],
  ["[[a.b]]\n", ""],
  ["!(", ")"],
  ["<a>", "</a>"],
];

/** Inputs of a target: one part in most cases, else three of a merge. */
export function inputsOf(target: Target, parts: number): fc.Arbitrary<Buffer[]> {
  return fc.array(inputOf(target), { minLength: parts, maxLength: parts });
}

function inputOf({ seeds, generated }: Target): fc.Arbitrary<Buffer> {
  const words = wordsOf(seeds);
  return fc.oneof(
    { weight: 10, arbitrary: mutated(seeds) },
    { weight: 4, arbitrary: generated ?? documents(words) },
    { weight: 3, arbitrary: soup(words) },
    { weight: 1, arbitrary: nested() },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array)) },
    {
      weight: 1,
      arbitrary: fc.uint16Array({ maxLength: 200 }).map((units) => Buffer.from(String.fromCharCode(...units))),
    },
  );
}

const piece = fc.oneof(
  fc.constantFrom(...PIECES).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 8 }).map((array) => Buffer.from(array)),
);

type Edit = (bytes: Buffer) => Buffer;
const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (bytes: Buffer, where: number) => Math.floor(where * bytes.length);

/** A seed with up to six edits. */
function mutated(seeds: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    // Other bytes in place of some, or between them.
    fc.tuple(place, fc.nat(12), piece, fc.constantFrom(1, 1, 1, 2, 50)).map(
      ([where, length, filling, times]) =>
        (bytes: Buffer) =>
          spliced(bytes, [at(bytes, where), length], Array<Buffer>(times).fill(filling)),
    ),
    fc.tuple(place, fc.nat(7)).map(([where, bit]) => (bytes: Buffer) => {
      const flipped = Buffer.from(bytes);
      const index = at(bytes, where);
      if (index < bytes.length) flipped[index] = (flipped[index] ?? 0) ^ (1 << bit);
      return flipped;
    }),
    place.map((where) => (bytes: Buffer) => bytes.subarray(0, at(bytes, where))),
    // A part of it or of another seed once more.
    fc.tuple(place, place, fc.nat(400), fc.constantFrom(1, 1, 2, 30)).map(
      ([from, to, length, times]) =>
        (bytes: Buffer) =>
          spliced(
            bytes,
            [at(bytes, to), 0],
            Array<Buffer>(times).fill(bytes.subarray(at(bytes, from), at(bytes, from) + length)),
          ),
    ),
    fc.tuple(fc.constantFrom(...seeds), place, place, fc.nat(400)).map(
      ([other, from, to, length]) =>
        (bytes: Buffer) =>
          spliced(bytes, [at(bytes, to), length], [other.subarray(at(other, from), at(other, from) + length)]),
    ),
    fc
      .constantFrom("-1", "0", "9".repeat(30), "1e308", "4294967296", "9007199254740993", "65535")
      .map((number) => (bytes: Buffer) => Buffer.from(bytes.toString("latin1").replace(/\d+/u, number), "latin1")),
  );
  return fc
    .tuple(fc.constantFrom(...seeds), fc.array(edit, { minLength: 1, maxLength: 6 }))
    .map(([seed, edits]) => edits.reduce((bytes, apply) => apply(bytes).subarray(0, MOST_BYTES), seed));
}

/** Edits that repeat do not let an input grow further. */
const MOST_BYTES = 64 * 1024;

function spliced(bytes: Buffer, [start, length]: [number, number], filling: readonly Buffer[]): Buffer {
  return Buffer.concat([bytes.subarray(0, start), ...filling, bytes.subarray(start + length)]);
}

/** Words, numbers and punctuation of the seeds, each once. */
function wordsOf(seeds: readonly Buffer[]): string[] {
  const all = seeds.flatMap((seed) => seed.toString("utf8", 0, 8192).match(/[\w$.-]+|\s+|[^\w\s]/gu) ?? []);
  return [...new Set(all)].slice(0, 2000);
}

function soup(words: readonly string[]): fc.Arbitrary<Buffer> {
  const word = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(" ", "\n", ...words) },
    { weight: 1, arbitrary: fc.constantFrom(...PIECES) },
  );
  return fc.array(word, { maxLength: 60 }).map((all) => Buffer.from(all.join("")));
}

/** Documents with the keys of the seeds and any values, as TOML, JSON or front matter. */
function documents(words: readonly string[]): fc.Arbitrary<Buffer> {
  const keys = words.filter((word) => /^[A-Za-z$][\w-]*$/u.test(word));
  const key = fc.constantFrom("a", "__proto__", ...keys);
  const { table } = fc.letrec<{ value: unknown; table: Record<string, unknown> }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("", ...words, ...PIECES),
      fc.constantFrom(0, 1, -1, 1.5, 1e21, true, false),
      fc.array(tie("value"), { maxLength: 4 }),
      tie("table"),
    ),
    table: fc.dictionary(key, tie("value"), { maxKeys: 6 }),
  }));
  const form = fc.constantFrom(tomlOf, (value: object) => JSON.stringify(value), frontMatterOf);
  return fc.tuple(table, form).map(([value, write]) => Buffer.from(write(value)));
}

function tomlOf(value: object): string {
  try {
    return stringify(value as Record<string, unknown>);
  } catch {
    return JSON.stringify(value);
  }
}

const frontMatterOf = (value: object) =>
  `---\n${Object.entries(value)
    .map(([key, one]) => `${key}: ${JSON.stringify(one)}\n`)
    .join("")}---\ntext\n`;

function nested(): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.constantFrom(...NESTED), fc.constantFrom(5, 40, 500, 5000), fc.constantFrom("", "a", "1", "a = "))
    .map(([[open, close], depth, inner]) => Buffer.from(`${open.repeat(depth)}${inner}${close.repeat(depth)}`));
}

/** Large inputs of that many bytes: seeds, words and opening brackets again and again; `most` of them. */
export function largeInputs({ seeds }: Target, bytes: number, most: number): Buffer[] {
  const repeated = [
    ...seeds.slice(0, 4).map(String),
    ...wordsOf(seeds).slice(0, 4),
    ...PIECES,
    ...NESTED.map(([open]) => open),
  ];
  return repeated
    .filter((text) => text !== "")
    .slice(0, most)
    .map((text) => Buffer.from(text.repeat(Math.ceil(bytes / Buffer.byteLength(text)))).subarray(0, bytes));
}
