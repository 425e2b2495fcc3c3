import { isDeepStrictEqual } from "node:util";
import { parseToml } from "../format/parse-toml.js";
import { cannotEdit } from "./edit-skills.js";
import type { NormalRegistry } from "./normal-manifest.js";
import { tableLines } from "./toml-lines.js";
import { TomlText } from "./toml-text.js";

/**
 * Appends registries to the text of a manifest.
 * @throws EdenError `INVALID_TOML` if it cannot be edited like this.
 */
export function appendRegistries(manifest: string, registries: ReadonlyMap<string, NormalRegistry>): string {
  if (registries.size === 0) return manifest;
  const text = new TomlText(manifest);
  const added = Object.fromEntries(registries);
  const lines = [...registries].flatMap(([name, registry]) => [
    "",
    ...tableLines({ registries: { [name]: registry } }, []),
  ]);
  text.insertLinesAfter(Math.max(0, manifest.length - 1), lines);
  const old = parseToml(manifest, Number.POSITIVE_INFINITY);
  const now = parseToml(text.toString(), Number.POSITIVE_INFINITY);
  if ("problem" in old || "problem" in now) throw cannotEdit();
  const { registries: before, ...rest } = old.document;
  const { registries: after, ...newRest } = now.document;
  const wanted = { ...(before as object), ...added };
  if (!isDeepStrictEqual(plain(after), plain(wanted)) || !isDeepStrictEqual(rest, newRest)) throw cannotEdit();
  return text.toString();
}

/** Tables of the parser have no prototype. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? {}));
}
