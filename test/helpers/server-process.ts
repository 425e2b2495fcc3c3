import { spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** Everything it has written to its standard error. */
  log(): string;
  close(): Promise<void>;
}

/**
 * Starts a server on a free loopback port and waits until its standard error says that it listens. A port that somebody took in
 * between is replaced by another, three times at most.
 * @throws Error with what the server wrote, when it ends or says nothing for ten seconds.
 */
export async function startServerProcess(options: {
  file: string;
  args: (port: number) => string[];
  env: Record<string, string>;
  ready: RegExp;
}): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOn(await freePort(), options);
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

async function startOn(
  port: number,
  { file, args, env, ready }: Parameters<typeof startServerProcess>[0],
): Promise<ServerProcess> {
  const child = spawn(file, args(port), {
    env,
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  let text = "";
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      text += String(error);
      resolve();
    });
    child.once("close", () => resolve());
  });
  const kill = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid, "SIGTERM");
  };
  await new Promise<void>((resolve, reject) => {
    const failed = (why: string): void => {
      kill();
      reject(new Error(`${file} ${why}: ${text.trim()}`));
    };
    const timer = setTimeout(() => failed("did not start in 10 s"), 10_000);
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (!ready.test(text)) return;
      clearTimeout(timer);
      resolve();
    });
    void ended.finally(() => {
      clearTimeout(timer);
      failed("ended");
    });
  });
  return {
    port,
    pid: child.pid ?? 0,
    log: () => text,
    async close() {
      kill();
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
