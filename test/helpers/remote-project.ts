import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { skillText } from "./manifest-of.js";
import type { Sandbox } from "./sandbox.js";

/** A project with skills in directories of its own, for targets that are not on this machine. */
export interface RemoteProject {
  /** Writes the manifest: the targets of each skill, as TOML. */
  wants(skills: Record<string, string>): void;
  /** Writes the content of a skill. */
  write(id: string, body: string): void;
  /** The text of its SKILL.md. */
  text(id: string): string;
}

/** The project of a sandbox; `notes` is there. */
export function remoteProject(sandbox: Sandbox): RemoteProject {
  const directory = (id: string) => join(sandbox.project, "src", id);
  const project: RemoteProject = {
    wants: (skills) =>
      void sandbox.writeManifest(
        `version = 1\n${Object.entries(skills)
          .map(
            ([id, targets]) =>
              `\n[[skills]]\nid = "${id}"\nsource = { repo = "./src/${id}" }\ntargets = [${targets}]\n`,
          )
          .join("")}`,
      ),
    write(id, body) {
      rmSync(directory(id), { recursive: true, force: true });
      mkdirSync(join(directory(id), "scripts/.deep"), { recursive: true });
      writeFileSync(join(directory(id), "SKILL.md"), skillText(id, body));
      writeFileSync(join(directory(id), "scripts/run it.sh"), "#!/bin/sh\necho done\n", { mode: 0o755 });
      writeFileSync(join(directory(id), "scripts/.deep/ü.txt"), body.repeat(500));
    },
    text: (id) => readFileSync(join(directory(id), "SKILL.md"), "utf8"),
  };
  project.write("notes", "one");
  return project;
}
