/** The three versions of something that is merged. */
export interface Versions<T> {
  base: T;
  ours: T;
  theirs: T;
}
