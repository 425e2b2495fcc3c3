import { readFileSync } from "node:fs";

/** Without flags, which esbuild does not know. */
const KEEPERS = new RegExp("/(?:signal-exit/dist/mjs/index|zod/v4/core/(?:core|registries))\\.js$");

/**
 * For esbuild: what these packages keep on `globalThis`, to share it with other copies of themselves,
 * they keep for themselves. A program that embeds this one may use zod, too, with settings of its own.
 */
export const ownGlobals = {
  name: "own-globals",
  setup({ onLoad }) {
    onLoad({ filter: KEEPERS }, ({ path }) => {
      const code = readFileSync(path, "utf8").replaceAll(/\bglobalThis\b/gu, "ownGlobals");
      return { contents: `const ownGlobals = { process: globalThis.process }; ${code}` };
    });
  },
};
