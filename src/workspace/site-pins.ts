import type { Manifest } from "../manifest/document/manifest.js";
import type { Lockfile, SitePin } from "../manifest/lockfile/lockfile.js";
import type { SkillVersion } from "../run/events.js";
import { pinsOf } from "./pins.js";

/** All pinned content by skill id: that of repositories, and that of sites, which has no commit. */
export function contentPins(manifest: Manifest, lockfile: Lockfile): Map<string, SkillVersion> {
  const pins = pinsOf(manifest, lockfile);
  for (const [id, { tree, integrity }] of sitePinsOf(manifest, lockfile)) pins.set(id, { commit: "", tree, integrity });
  return pins;
}

/** The pins of skills of sites, by skill id, if their directories are those of the manifest. */
export function sitePinsOf({ skills }: Manifest, lockfile: Lockfile): Map<string, SitePin> {
  const locked = new Map(lockfile.skills.map((entry) => [entry.id, entry]));
  return new Map(
    skills.flatMap(({ id, source }) => {
      const { site, sourceRepo, sourceSubpath } = locked.get(id) ?? {};
      const isSame = source.kind === "directory" && source.repo === sourceRepo && source.subpath === sourceSubpath;
      return site !== undefined && isSame ? [[id, site] as const] : [];
    }),
  );
}
