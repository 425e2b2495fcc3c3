import { dirname, join } from "node:path";
import { EdenError } from "../../errors.js";
import { expandPath } from "../../manifest/names/expand-path.js";
import { newManifest } from "../../manifest/document/new-manifest.js";
import { lstatIfExists, readBytesIfExists } from "../../system/read-files.js";
import { makeDirectory, writeByRename } from "../../system/write-files.js";
import { writeThroughLinks } from "../../system/write-through.js";
import { defineCommand } from "../line/command.js";
import { formatJson } from "../views/json-view.js";
import { oneLine } from "../views/action-line.js";
import { flag } from "../line/values.js";
import { requireKnown } from "../../system/known-directory.js";

/** `init`: writes a manifest to begin with. */
export const init = defineCommand({
  command: "init",
  describe: "Write a new manifest",
  builder: (yargs) =>
    yargs
      .options({
        force: { ...flag("Write over a manifest that is there, keeping it as skills.toml.backup"), alias: "f" },
      })
      .example([
        ["$0 init", "./skills.toml, for the agents of this project"],
        ["$0 init --global", "~/.eden-skills/skills.toml, for the agents of this user"],
        ["$0 init --config team/skills.toml", "another place"],
      ]),
  async handler(given, { host, globals, out }) {
    const path =
      globals.config === undefined
        ? requireKnown(join(host.cwd, "skills.toml"))
        : expandPath(globals.config, host.cwd, host.home);
    if (lstatIfExists(path) !== null && !given.force) {
      throw new EdenError("MANIFEST_EXISTS", `${path} is there already`, { path });
    }
    makeDirectory(dirname(path));
    const before = readBytesIfExists(path);
    if (before !== null) writeByRename(`${path}.backup`, before);
    writeThroughLinks(path, newManifest(globals.global ? "global" : "project"));
    if (globals.json) out.raw(`${formatJson({ schema_version: 1, command: "init", manifest: path })}\n`);
    else if (!globals.quiet) {
      if (before !== null) out.line(`kept what was there as ${oneLine(`${path}.backup`)}`);
      out.line(`wrote ${oneLine(path)}`);
    }
    return 0;
  },
});
