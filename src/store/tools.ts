import { join } from "node:path";
import * as z from "zod/mini";
import { EdenError } from "../errors.js";
import { parseJson } from "../system/parse-json.js";
import { listDirectory, readTextIfExists } from "../system/read-files.js";
import { removeTree } from "../system/change-trees.js";
import { writeByRename } from "../system/write-files.js";
import type { OwnedTarget } from "./owned-target.js";
import { targetsSchema } from "./owned-targets-schema.js";
import { privateMode } from "../system/private-mode.js";

/** The skills that a tool has installed on this machine with the library. */
export interface ToolRecord {
  /** The tool. */
  name: string;
  /** Its version when it installed them. */
  toolVersion: string;
  /** By absolute target path. */
  targets: Record<string, OwnedTarget>;
}

const schema = z.object({
  version: z.literal(1),
  name: z.string(),
  toolVersion: z.string(),
  targets: targetsSchema,
});

/** The file of a tool. @param name as a skill's id. */
export function toolPath(root: string, name: string): string {
  return join(root, "tools", `${name}.json`);
}

/** Null for none. @throws EdenError `STATE_UNREADABLE` for a damaged file, or one of a newer version. */
export function readTool(root: string, name: string): ToolRecord | null {
  const path = toolPath(root, name);
  const text = readTextIfExists(path);
  if (text === null) return null;
  const record = parseJson(schema, text);
  if (record !== null) return record;
  const hint = "Delete the file; the copies of the tool then count as your own.";
  throw new EdenError("STATE_UNREADABLE", `${path} is damaged, or of a newer version`, { path, hint });
}

/** Writes the record; a tool without targets has no file. */
export function writeTool(root: string, record: ToolRecord): void {
  const path = toolPath(root, record.name);
  if (Object.keys(record.targets).length === 0) removeTree(path);
  else writeByRename(path, `${JSON.stringify({ version: 1, ...record }, null, 1)}\n`, privateMode(path, 0o600));
}

/** All tools, with the paths of their files. Damaged files are left out: they claim nothing. */
export function readTools(root: string): { path: string; record: ToolRecord }[] {
  return listDirectory(join(root, "tools"))
    .filter((name) => name.endsWith(".json") && !name.startsWith("."))
    .flatMap((name) => {
      const path = join(root, "tools", name);
      const record = parseJson(schema, readTextIfExists(path) ?? "");
      return record === null ? [] : [{ path, record }];
    });
}
