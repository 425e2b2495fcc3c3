import type { SiteSkill } from "../skill/site-index.js";
import type { WebAccess } from "../web/ask-web.js";

/** A site with an index of skills. */
export interface Site extends WebAccess {
  /** The site, or the part of it, that has the index. */
  base: string;
  /** Where the index was found. */
  index: URL;
  skills: ReadonlyMap<string, SiteSkill>;
}
