/** Which skills a run is about: all, or those of these ids, be they in the manifest still or no longer. */
export type RunScope = "all" | ReadonlySet<string>;

export function isAbout(scope: RunScope, id: string): boolean {
  return scope === "all" || scope.has(id);
}
