import { join, relative, resolve } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import { blockedDirectory } from "./blocked-path.js";
import { readTextIfExists, realPlace } from "./read-files.js";

/**
 * A directory that is the root of an image: the targets of a run are placed in it, as if it were
 * `/`. A path there has two forms: that of the image, and that of this machine.
 */
export class ImageRoot {
  /** @param directory absolute, without links. @param home of the user of the image, in its form. */
  constructor(
    readonly directory: string,
    readonly home: string,
  ) {}

  /** The path on this machine of a path of the image. It does not leave the root, whatever it contains. */
  at(path: string): string {
    return join(this.directory, resolve("/", path));
  }

  /** The path in the image; a path of this machine outside of the root keeps its name. */
  pathOf(place: string): string {
    return this.#has(place) ? resolve("/", relative(this.directory, place)) : place;
  }

  /** Where the image has what this machine has at a path: the same name below the root. */
  place(path: string): string {
    return this.at(this.pathOf(path));
  }

  /**
   * Refuses a path on this machine that leads out of the root through links.
   * @param real where it leads, as far as it exists.
   * @throws EdenError `TARGET_PATH_INVALID`.
   */
  requireInside(path: string, real: string = realPlace(path)): void {
    if (this.#has(real)) return;
    throw new EdenError(
      "TARGET_PATH_INVALID",
      sanitize(`${path} leads out of the root ${this.directory}, to ${real}`),
      { stage: "install", hint: "Remove the link, or make it relative: it leads elsewhere when the root is `/`." },
    );
  }

  #has(path: string): boolean {
    return path === this.directory || path.startsWith(this.directory === "/" ? "/" : `${this.directory}/`);
  }
}

/**
 * The root at a directory, which need not exist.
 * @param directory absolute.
 * @param user a name in its `etc/passwd`, or the path of a home directory in the image; null: root.
 * @throws EdenError `NOT_A_DIRECTORY`, `TARGET_PATH_INVALID`; `USAGE` for an unknown user.
 */
export function openImageRoot(directory: string, user: string | null): ImageRoot {
  const blocked = blockedDirectory(directory, "NOT_A_DIRECTORY");
  if (blocked !== null) throw blocked;
  const root = new ImageRoot(realPlace(directory), "/root");
  if (user?.startsWith("/") === true) return new ImageRoot(root.directory, resolve(user));
  const home = homeIn(root, user ?? "root") ?? (user === null || user === "root" ? root.home : null);
  if (home !== null) return new ImageRoot(root.directory, home);
  throw new EdenError("USAGE", `--root-user: ${root.at("etc/passwd")} has no user ${JSON.stringify(user)}`, {
    hint: "Give the path of a home directory in the image, such as /home/dev.",
  });
}

function homeIn(root: ImageRoot, user: string): string | null {
  const path = root.at("etc/passwd");
  root.requireInside(path);
  const lines = (readTextIfExists(path) ?? "").split("\n").map((line) => line.split(":"));
  const home = lines.find(([name]) => name === user)?.[5] ?? "";
  return home.startsWith("/") ? resolve(home) : null;
}
