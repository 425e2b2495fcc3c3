/**
 * Remembers what `look` found at a path until this turn of JavaScript ends: a plan looks at the
 * directory of a thousand targets a thousand times, and nothing else runs in between. Not for code
 * that changes the same directories in the turn.
 */
export function perTurn<T>(look: (path: string) => T): (path: string) => T {
  const found = new Map<string, { value: T }>();
  return (path) => {
    const known = found.get(path);
    if (known !== undefined) return known.value;
    const value = look(path);
    if (found.size === 0) queueMicrotask(() => found.clear());
    found.set(path, { value });
    return value;
  };
}
