import { gitEnvironment, gitText } from "./git-command.js";
import { startServerProcess } from "./server-process.js";

/** Repositories over the `git://` protocol on loopback. */
export interface GitDaemon {
  /** `git://127.0.0.1:<port>`, no slash at the end. */
  readonly url: string;
  urlOf(repository: string): string;
  /** Connections it has served. */
  connections(): number;
  close(): Promise<void>;
}

/**
 * Serves every repository beneath `root`. `config` is laid over each repository's own configuration, e.g.
 * `{ "uploadpack.allowFilter": "false" }`.
 */
export async function startGitDaemon(options: { root: string; config?: Record<string, string> }): Promise<GitDaemon> {
  const execPath = await gitText(["--exec-path"]);
  const server = await startServerProcess({
    file: `${execPath}/git-daemon`, // `git daemon` would leave it behind when it is ended
    args: (port) => [
      "--verbose",
      "--reuseaddr",
      "--export-all",
      "--listen=127.0.0.1",
      `--port=${port}`,
      `--base-path=${options.root}`,
      options.root,
    ],
    env: gitEnvironment(configurationAsEnvironment(options.config ?? {})),
    ready: /Ready to rumble/u,
  });
  const url = `git://127.0.0.1:${server.port}`;
  return {
    url,
    urlOf: (repository) => `${url}/${repository}`,
    connections: () => (server.log().match(/Connection from/gu) ?? []).length,
    close: () => server.close(),
  };
}

function configurationAsEnvironment(config: Record<string, string>): Record<string, string> {
  const entries = Object.entries(config);
  const pairs = entries.flatMap(([key, value], n) => [
    [`GIT_CONFIG_KEY_${n}`, key],
    [`GIT_CONFIG_VALUE_${n}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(entries.length), ...Object.fromEntries(pairs) };
}
