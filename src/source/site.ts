import type { HttpRoute } from "../system/http-message.js";
import type { SiteSkill } from "../skill/site-index.js";

/** What one site is asked with. */
export interface SiteAccess {
  /** `https://host[:port]` as the user gave it: what lies elsewhere is trusted less. */
  origin: string;
  stallMs: number;
  offline: boolean;
  routeTo: (url: URL) => HttpRoute;
}

/** A site with an index of skills. */
export interface Site extends SiteAccess {
  /** The site, or the part of it, that has the index. */
  base: string;
  /** Where the index was found. */
  index: URL;
  skills: ReadonlyMap<string, SiteSkill>;
}
