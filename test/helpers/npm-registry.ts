import { createHash } from "node:crypto";
import { skillText } from "./manifest-of.js";
import { tarball, type Packed } from "./packed.js";
import type { SiteServer } from "./site.js";

/** What npm calls integrity. */
export function integrityOf(packed: Buffer): string {
  return `sha512-${createHash("sha512").update(packed).digest("base64")}`;
}

/** A package with skills, as `npm pack` makes it. */
export function packageWith(name: string, version: string, skills: readonly string[], ...more: Packed[]): Buffer {
  return tarball([
    { path: "package/package.json", content: JSON.stringify({ name, version }) },
    ...skills.map((id) => ({ path: `package/skills/${id}/SKILL.md`, content: skillText(id, `Version ${version}.`) })),
    ...more,
  ]);
}

/** Publishes versions of a package on a server of pages: its document and its archives. */
export function publish(
  site: SiteServer,
  name: string,
  versions: Readonly<Record<string, Buffer>>,
  tags: Readonly<Record<string, string>> = {},
): void {
  const all = Object.entries(versions).map(([version, packed]) => {
    const path = `/${name}/-/${version}.tgz`;
    site.pages.set(path, packed);
    const dist = { tarball: `${site.url}${path}`, integrity: integrityOf(packed) };
    return [version, { name, version, dist }] as const;
  });
  const latest = Object.keys(versions).at(-1) ?? "";
  const document = { name, "dist-tags": { latest, ...tags }, versions: Object.fromEntries(all) };
  site.pages.set(`/${name}`, JSON.stringify(document));
}
