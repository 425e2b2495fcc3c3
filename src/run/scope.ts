/**
 * The skills of a run: all, or those with these ids, whether they are still in the manifest or not.
 */
export type RunScope = "all" | ReadonlySet<string>;

export function isAbout(scope: RunScope, id: string): boolean {
  return scope === "all" || scope.has(id);
}
