import { join } from "node:path";
import { afterEach, type afterAll } from "vitest";
import { startHttpRemote, type HttpRemote, type HttpRemoteOptions } from "./http-remote.js";
import { createSandbox, type Sandbox } from "./sandbox.js";

/**
 * Makes sandboxes and servers that end with the test that made them.
 * @param atEnd `afterAll` if they are for all tests of a file.
 */
export function useSandbox(atEnd: typeof afterEach | typeof afterAll = afterEach): {
  sandbox(options?: { program: string }): Sandbox;
  remote(sandbox: Sandbox, options?: Partial<HttpRemoteOptions>): Promise<HttpRemote>;
} {
  const open: (() => Promise<unknown>)[] = [];
  atEnd(async () => {
    for (const close of open.splice(0).toReversed()) await close();
  });
  return {
    sandbox(options) {
      const sandbox = createSandbox(options);
      open.push(async () => await sandbox.dispose());
      return sandbox;
    },
    async remote(sandbox, options = {}) {
      const remote = await startHttpRemote({ root: join(sandbox.root, "served"), ...options });
      open.push(async () => await remote.close());
      return remote;
    },
  };
}
