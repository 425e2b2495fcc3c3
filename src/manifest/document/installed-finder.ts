import type { FindInstalled } from "../source/installed-package.js";
import type { ManifestDocument } from "./manifest-schema.js";

/** The finder of installed packages, which a manifest without packages does not load. */
export async function installedFinder(
  { scope, skills, collections }: ManifestDocument,
  directory: string,
): Promise<FindInstalled | undefined> {
  const repos = [...skills.map(({ source }) => source.repo), ...collections.map(({ repo }) => repo)];
  if (!repos.some((repo) => repo?.startsWith("npm:"))) return undefined;
  const { installedPackages } = await import("../source/installed-package.js");
  return installedPackages(directory, scope);
}
