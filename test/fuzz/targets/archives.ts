import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { unpackTar, UnreadableArchive, type PackedEntry } from "../../../src/system/unpack-tar.js";
import { unpackZip } from "../../../src/system/unpack-zip.js";
import { tarball, zipFile } from "../../helpers/packed.js";
import type { Target } from "../target.js";

const MOST_BYTES = 1_000_000;
const SKILL = "---\nname: a\ndescription: b\n---\n";
const path = fc.oneof(
  fc.constantFrom("a/SKILL.md", "../x", "/etc/x", "a\\b", "./././a", "\ufeff", "a".repeat(99)),
  fc.string({ unit: "grapheme-ascii", maxLength: 90 }),
);

const tar = fc
  .array(
    fc.record({
      path,
      content: fc.constantFrom("", SKILL, "x".repeat(2000), "\0".repeat(100_000)),
      type: fc.constantFrom(
        "File" as const,
        "SymbolicLink" as const,
        "Link" as const,
        "FIFO" as const,
        "Directory" as const,
      ),
      linkpath: path,
      mode: fc.nat(0o7777),
    }),
    { maxLength: 8 },
  )
  .map((entries) => gunzipSync(tarball(entries)));

const zip = fc
  .array(
    fc.record({
      path,
      content: fc.constantFrom("", SKILL, "\0".repeat(100_000)),
      deflate: fc.boolean(),
      mode: fc.constantFrom(0o100644, 0o120777, 0o010644, 0),
      size: fc.constantFrom(0, 1, 2000, 0x7fffffff),
      flags: fc.constantFrom(0, 1, 8, 0x800, 0xffff),
    }),
    { maxLength: 8 },
  )
  .map(zipFile);

const packed = [
  { path: "a/SKILL.md", content: SKILL },
  { path: "a/l", type: "SymbolicLink" as const, linkpath: "SKILL.md" },
  { path: "a/run.sh", content: "#!/bin/sh\n".repeat(200), mode: 0o755 },
];

/** Archives that sites publish. */
export const ARCHIVES: Target[] = [
  {
    name: "tar archive",
    seeds: [gunzipSync(tarball(packed))],
    generated: tar,
    mayKeep: 2 * MOST_BYTES,
    expected: [UnreadableArchive],
    run: async ([plain = Buffer.alloc(0)]) => await entriesOf(unpackTar(gzipSync(plain, { level: 1 }), MOST_BYTES)),
  },
  {
    name: "gzip of a tar archive",
    seeds: [tarball(packed), tarball([{ path: "z", content: "\0".repeat(5_000_000) }])],
    generated: tar.map((plain) => gzipSync(plain, { level: 1 })),
    mayKeep: 2 * MOST_BYTES,
    expected: [UnreadableArchive],
    run: async ([bytes = Buffer.alloc(0)]) => await entriesOf(unpackTar(bytes, MOST_BYTES)),
  },
  {
    name: "zip archive",
    seeds: [
      zipFile([
        { path: "a/SKILL.md", content: SKILL, deflate: true },
        { path: "b" },
        { path: "c", content: "\0".repeat(2_000_000), deflate: true },
      ]),
    ],
    generated: zip,
    mayKeep: 2 * MOST_BYTES,
    expected: [UnreadableArchive],
    run: async ([bytes = Buffer.alloc(0)]) => await entriesOf(unpackZip(bytes, MOST_BYTES)),
  },
];

async function entriesOf(archive: AsyncIterable<PackedEntry>): Promise<PackedEntry[]> {
  const entries = [];
  for await (const entry of archive) entries.push(entry);
  return entries;
}
