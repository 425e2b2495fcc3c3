/**
 * A link or copy with one of these contents was installed by us. Before an install both the old and
 * the new content are listed.
 */
export interface OwnedTarget {
  skill: string;
  agents: string[];
  /** Its place when it was recorded; left out when that is its path. */
  place?: string;
  /** Texts of links. */
  links: string[];
  /** Integrities of copies. */
  integrities: string[];
}
