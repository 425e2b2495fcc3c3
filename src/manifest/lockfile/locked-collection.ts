/** How the members of a collection were chosen. */
export interface LockedCollection {
  /** Its repository, #ref and //subpath. */
  source: string;
  include: string[];
  exclude: string[];
  prefix: string;
  incomplete: boolean;
}
