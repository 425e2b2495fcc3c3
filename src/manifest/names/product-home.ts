import { join, resolve } from "node:path";
import type { ImageRoot } from "../../system/image-root.js";
import { expandPath } from "./expand-path.js";

/** What decides where the user's own files of this program are. */
export interface ProductHomeContext {
  home: string;
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * The directory of the user's manifest, policy and usual storage: `EDEN_SKILLS_HOME`, else
 * `~/.eden-skills`. A relative path starts from the working directory.
 */
export function productHome({ home, env }: ProductHomeContext): string {
  const moved = env["EDEN_SKILLS_HOME"] ?? "";
  if (moved === "") return join(home, ".eden-skills");
  return moved.startsWith("~") ? expandPath(moved, home, home) : resolve(moved);
}

/** The storage of a manifest that names none. */
export function usualStorage(context: ProductHomeContext): string {
  return join(productHome(context), "skills");
}

/**
 * As `expandPath`, for the storage: a path in `~/.eden-skills` is in the product's home.
 * @throws EdenError as `expandPath`.
 */
export function expandStorage(text: string, directory: string, context: ProductHomeContext): string {
  const below = /^~[/\\]\.eden-skills(?:$|[/\\](.*))/su.exec(text);
  if (below === null) return expandPath(text, directory, context.home);
  return expandPath(join(productHome(context), below[1] ?? ""), directory, context.home);
}

/** As `expandStorage`, in an image; the variables of this machine say nothing about it. */
export function storageIn(root: ImageRoot, text: string, directory: string): string {
  return root.at(expandStorage(text, root.pathOf(directory), { home: root.home, env: {} }));
}
