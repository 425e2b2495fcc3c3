import module from "node:module";

/**
 * Makes Node (22.1 and newer) cache the compiled code of modules that are loaded from now on. If
 * the directory is not writable, nothing happens.
 * @param directory trusted as much as the code itself, so never one that others can write.
 */
export function keepCompiledCode(directory: string): void {
  const { enableCompileCache } = module as { enableCompileCache?: (directory: string) => unknown };
  enableCompileCache?.(directory);
}
