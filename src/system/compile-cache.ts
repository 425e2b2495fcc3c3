import module from "node:module";

/**
 * Lets Node (22.1 and newer) keep what it compiles of the modules that are loaded from now on. Where that directory cannot be written,
 * nothing happens.
 * @param directory trusted as much as the code itself: hence never one that others may write.
 */
export function keepCompiledCode(directory: string): void {
  const { enableCompileCache } = module as { enableCompileCache?: (directory: string) => unknown };
  enableCompileCache?.(directory);
}
