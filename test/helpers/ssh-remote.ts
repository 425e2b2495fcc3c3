import { execFileSync } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { startServerProcess } from "./server-process.js";

/** Repositories over ssh on loopback, with keys of their own. */
export interface SshRemote {
  /** `ssh://user@host/path/repo.git`, or the short form `user@host:/path/repo.git`. */
  urlOf(repository: string, form?: "url" | "scp"): string;
  /** `user@host`, for a target on it. */
  readonly host: string;
  /** What a client needs in its environment to reach it: a PATH whose first `ssh` knows port, key and host key. */
  readonly env: { PATH: string };
  /** What the client believes about the host: the right key (as it starts), no key, or another key. */
  trust(known: "right" | "none" | "changed"): void;
  /** Whether the server accepts the client's key (as it starts) or no key at all. */
  authorize(accepted: boolean): void;
  /** Sessions that passed authentication. */
  sessions(): number;
  close(): Promise<void>;
}

/** Whether this machine can run {@link startSshRemote}; says so loudly when it cannot. */
export function sshdAvailable(): boolean {
  const missing = [sshd() ?? "sshd", find("ssh") ?? "ssh", find("ssh-keygen") ?? "ssh-keygen"].filter(
    (path) => !path.startsWith("/"),
  );
  if (missing.length === 0) return true;
  console.warn(
    `\n*** NOT TESTED: ssh. This machine lacks ${missing.join(", ")} (apt-get install openssh-server) ***\n`,
  );
  return false;
}

/**
 * Starts `sshd` for the user who runs the tests. OpenSSH takes the home directory from the user database, not from `HOME`, so a
 * client is led to its configuration by a wrapper named `ssh`, first on `env.PATH`.
 * `home` is the home directory of its sessions, `path` a directory before those of their PATH. `maxStartups`: unauthenticated connections at once before the server drops some, as a busy host does.
 */
export async function startSshRemote(options: {
  root: string;
  maxStartups?: number;
  home?: string;
  path?: string;
}): Promise<SshRemote> {
  const dir = mkdtempSync(join(tmpdir(), "eden-ssh-"));
  const file = (name: string): string => join(dir, name);
  for (const key of ["host", "other", "client"]) {
    execFileSync(find("ssh-keygen") ?? "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", key, "-f", file(key)]);
  }
  const publicKey = (name: string): string => readFileSync(file(`${name}.pub`), "utf8");
  const authorize = (accepted: boolean): void => writeFileSync(file("authorized"), accepted ? publicKey("client") : "");
  const trust: SshRemote["trust"] = (known) => {
    const line = known === "none" ? "" : `${HOST} ${publicKey(known === "right" ? "host" : "other")}`;
    writeFileSync(file("known_hosts"), line);
  };
  authorize(true);
  trust("right");
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true }); // sshd insists, when it is root

  const settings = (port: number): string[] => [
    `Port=${port}`,
    "ListenAddress=127.0.0.1",
    `HostKey=${file("host")}`,
    `AuthorizedKeysFile=${file("authorized")}`,
    "PidFile=none",
    "StrictModes=no",
    "UsePAM=no",
    "PasswordAuthentication=no",
    "KbdInteractiveAuthentication=no",
    "PermitRootLogin=yes",
    "AcceptEnv=GIT_PROTOCOL",
    `MaxStartups=${options.maxStartups ?? 500}`,
    "MaxSessions=500",
    "PrintMotd=no",
    ...(options.home === undefined
      ? []
      : [
          `SetEnv=HOME=${options.home}${options.path === undefined ? "" : ` PATH=${options.path}:${process.env.PATH ?? ""}`}`,
        ]),
  ];
  const server = await startServerProcess({
    file: sshd() ?? "sshd",
    args: (port) => ["-D", "-e", "-f", "/dev/null", ...settings(port).flatMap((setting) => ["-o", setting])],
    env: { PATH: process.env.PATH ?? "" },
    ready: /Server listening on 127\.0\.0\.1/u,
  });
  writeClient(dir, server.port);

  const { username } = userInfo();
  return {
    urlOf: (repository, form = "url") =>
      form === "url"
        ? `ssh://${username}@${HOST}${options.root}/${repository}`
        : `${username}@${HOST}:${options.root}/${repository}`,
    host: `${username}@${HOST}`,
    env: { PATH: `${file("bin")}:${process.env.PATH ?? ""}` },
    trust,
    authorize,
    sessions: () => (server.log().match(/Accepted publickey/gu) ?? []).length,
    async close() {
      await server.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A name that only the client's configuration resolves, so that a test can never reach a real host by mistake. */
const HOST = "skills-over-ssh.invalid";

function writeClient(dir: string, port: number): void {
  const config = [
    `Host ${HOST}`,
    "  HostName 127.0.0.1",
    `  HostKeyAlias ${HOST}`,
    `  Port ${port}`,
    `  IdentityFile "${dir}/client"`,
    "  IdentitiesOnly yes",
    "  IdentityAgent none",
    `  UserKnownHostsFile "${dir}/known_hosts"`,
    "  GlobalKnownHostsFile /dev/null",
    "  StrictHostKeyChecking yes",
  ];
  writeFileSync(join(dir, "config"), `${config.join("\n")}\n`, { mode: 0o600 });
  mkdirSync(join(dir, "bin"));
  writeFileSync(join(dir, "bin", "ssh"), `#!/bin/sh\nexec ${find("ssh") ?? "ssh"} -F '${dir}/config' "$@"\n`, {
    mode: 0o755,
  });
}

/** sshd wants to be called by its absolute path, and is often not on a user's PATH. */
function sshd(): string | undefined {
  return find("sshd", ["/usr/sbin", "/usr/local/sbin"]);
}

function find(name: string, further: readonly string[] = []): string | undefined {
  const dirs = [...(process.env.PATH ?? "").split(":"), ...further].filter((dir) => dir.startsWith("/"));
  return dirs.map((dir) => join(dir, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
