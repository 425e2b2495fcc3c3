import { expect, it } from "vitest";
import { unpackTar } from "../../src/system/unpack-tar.js";
import { tarball } from "../helpers/packed.js";

it("a directory that has content according to its header does not stop the reader [R-FUZZ-01]", async () => {
  const content = "\0".repeat(2048);
  const packed = tarball([
    { path: "a", type: "Directory", content },
    { path: "z", content: "y" },
  ]);
  const paths: string[] = [];
  for await (const { path } of unpackTar(packed, 1_000_000)) paths.push(path);
  expect(paths).toEqual(["z"]);
});
