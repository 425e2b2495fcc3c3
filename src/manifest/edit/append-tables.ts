import { isDeepStrictEqual } from "node:util";
import { parseToml } from "../format/parse-toml.js";
import { cannotEdit } from "./edit-skills.js";
import { tableLines, type TomlTable } from "./toml-lines.js";
import { TomlText } from "./toml-text.js";

/**
 * Appends named tables, such as `[registries.NAME]`, to the text of a manifest.
 * @throws EdenError `INVALID_TOML` if it cannot be edited like this.
 */
export function appendTables(
  manifest: string,
  key: "registries" | "agents",
  tables: Readonly<Record<string, TomlTable>>,
): string {
  const added = Object.entries(tables);
  if (added.length === 0) return manifest;
  const text = new TomlText(manifest);
  const lines = added.flatMap(([name, table]) => ["", ...tableLines({ [key]: { [name]: table } }, [])]);
  text.insertLinesAfter(Math.max(0, manifest.length - 1), lines);
  const old = parseToml(manifest, Number.POSITIVE_INFINITY);
  const now = parseToml(text.toString(), Number.POSITIVE_INFINITY);
  if ("problem" in old || "problem" in now) throw cannotEdit();
  const wanted = { ...old.document, [key]: { ...(old.document[key] as object), ...tables } };
  if (!isDeepStrictEqual(plain(now.document), plain(wanted))) throw cannotEdit();
  return text.toString();
}

/** Tables of the parser have no prototype. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
