import { dirname } from "node:path";
import { EdenError } from "../errors.js";
import { formatManifest, normalManifest, type NormalManifest } from "../manifest/edit/normal-manifest.js";
import { rebaseManifest } from "../manifest/edit/rebase.js";
import type { Manifest } from "../manifest/document/manifest.js";
import { parseToml } from "../manifest/format/parse-toml.js";
import { currentHost } from "../system/host.js";
import { lstatIfExists } from "../system/read-files.js";
import { writeThroughLinks } from "../system/write-through.js";
import { textOf } from "../workspace/edit-manifest.js";
import { loadManifest } from "../workspace/load-manifest.js";
import type { RunOptions } from "../run/options.js";

/** The document of `config export --json`. */
export interface ExportReport {
  schema_version: 1;
  command: "config export";
  manifest: string;
  /** The path of the written file; null if none was written. */
  output: string | null;
  toml: string;
}

/**
 * The manifest in its normal form: without comments, defaults and unknown keys. Relative paths are
 * rewritten for the output's directory.
 * @param output absolute path of a file to write; null: none.
 * @throws EdenError as `loadManifest`; `MANIFEST_EXISTS` for an existing file, unless forced.
 */
export async function exportConfig(
  options: Pick<RunOptions, "manifest" | "strict" | "host" | "force" | "warn">,
  output: string | null,
): Promise<ExportReport> {
  const { home } = options.host ?? currentHost();
  const { manifest } = await loadManifest(options);
  const place = {
    cwd: manifest.directory,
    home,
    manifestDirectory: output === null ? manifest.directory : dirname(output),
  };
  const toml = formatManifest(rebaseManifest(documentOf(manifest), place));
  if (output !== null) {
    if (options.force !== true && lstatIfExists(output) !== null) {
      throw new EdenError("MANIFEST_EXISTS", `${output} already exists`, { path: output });
    }
    writeThroughLinks(output, toml);
  }
  return { schema_version: 1, command: "config export", manifest: manifest.path, output, toml };
}

/** The document of a manifest, in its normal form. */
export function documentOf({ path }: Pick<Manifest, "path">): NormalManifest {
  const toml = parseToml(textOf(path).text, Number.POSITIVE_INFINITY);
  if ("problem" in toml) throw new EdenError(toml.problem.code, toml.problem.message, { path });
  return normalManifest(toml.document);
}
