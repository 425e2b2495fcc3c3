import { dirname, join } from "node:path";
import { EdenError } from "../../errors.js";
import { expandPath } from "../../manifest/names/expand-path.js";
import { userManifestPath } from "../../manifest/document/find-manifest.js";
import { newManifest } from "../../manifest/document/new-manifest.js";
import { lstatIfExists, readBytesIfExists } from "../../system/read-files.js";
import { makeDirectory, writeByRename } from "../../system/write-files.js";
import { writeThroughLinks } from "../../system/write-through.js";
import type { Command } from "../line/command.js";
import { formatJson } from "../views/json-view.js";
import { oneLine } from "../views/action-line.js";
import { requireKnown } from "../../system/known-directory.js";

/** `init`: writes a manifest to begin with. */
export const init: Command = {
  name: "init",
  summary: "Write a new manifest",
  options: {
    global: { kind: "flag", describe: "~/.eden-skills/skills.toml, for the agents of this user" },
    force: { kind: "flag", describe: "Write over a manifest that is there, keeping it as skills.toml.backup" },
  },
  examples: [
    ["init", "./skills.toml, for the agents of this project"],
    ["init --global", "~/.eden-skills/skills.toml, for the agents of this user"],
    ["init --config team/skills.toml", "another place"],
  ],
  async run(given, { host, globals, out }) {
    const isGlobal = given.flag("global");
    const path =
      globals.config !== undefined
        ? expandPath(globals.config, host.cwd, host.home)
        : isGlobal
          ? userManifestPath(host.home)
          : requireKnown(join(host.cwd, "skills.toml"));
    if (lstatIfExists(path) !== null && !given.flag("force")) {
      throw new EdenError("MANIFEST_EXISTS", `${path} is there already`, { path });
    }
    makeDirectory(dirname(path));
    const before = readBytesIfExists(path);
    if (before !== null) writeByRename(`${path}.backup`, before);
    writeThroughLinks(path, newManifest(isGlobal ? "global" : "project"));
    if (globals.json) out.raw(`${formatJson({ schema_version: 1, command: "init", manifest: path })}\n`);
    else if (!globals.quiet) {
      if (before !== null) out.line(`kept what was there as ${oneLine(`${path}.backup`)}`);
      out.line(`wrote ${oneLine(path)}`);
    }
    return 0;
  },
};
