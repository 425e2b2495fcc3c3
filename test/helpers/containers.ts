import { execFileSync, spawn } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeTree } from "./sandbox.js";

/** Real containers of busybox on this machine, without network and with a storage of their own. */
export interface Containers {
  /** First on PATH: `podman` and `docker`, which know the storage. */
  readonly env: { PATH: string };
  /** Starts a container; its user is `dev` with the home directory /home/dev, unless `user` says otherwise. */
  start(name: string, options?: { user?: string; args?: readonly string[] }): void;
  /** Runs a command of podman and returns its output. */
  podman(...args: string[]): string;
  /** The output of a shell command in a container. */
  sh(name: string, command: string, user?: string): string;
  /** Answers the real `docker` client, by the variable DOCKER_HOST; null if there is no such client. */
  serveDocker(): Promise<Record<string, string> | null>;
  close(): Promise<void>;
}

const NEEDED = ["podman", "runc", "conmon", "busybox"];

/** Whether this machine can run containers; says so loudly when it cannot. */
export function canRunContainers(): boolean {
  available ??= canStart();
  if (!available)
    console.warn(`\n*** NOT TESTED: containers. They need root, and ${NEEDED.join(", ")} that work here ***\n`);
  return available;
}

let available: boolean | undefined;

function canStart(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || NEEDED.some((name) => find(name) === undefined))
    return false;
  const containers = startContainers();
  try {
    containers.start("probe");
    return containers.sh("probe", "echo $HOME").trim() === "/home/dev";
  } catch (error) {
    console.warn(String(error));
    return false;
  } finally {
    void containers.close();
  }
}

export function startContainers(): Containers {
  const dir = mkdtempSync(join(tmpdir(), "eden-containers-"));
  // Without CAP_SYS_RESOURCE the usual limits cannot be set; crun does not know hybrid cgroups.
  const settings = [
    "[containers]",
    'default_ulimits = ["nofile=4096:4096", "nproc=8192:8192"]',
    'netns = "none"',
    "[engine]",
    'cgroup_manager = "cgroupfs"',
    'events_logger = "file"',
    'runtime = "runc"',
  ];
  writeFileSync(join(dir, "containers.conf"), `${settings.join("\n")}\n`);
  mkdirSync(join(dir, "bin"));
  const storage = `--root '${dir}/storage' --runroot '${dir}/run' --storage-driver vfs`;
  const script = `#!/bin/sh\nCONTAINERS_CONF='${dir}/containers.conf' exec ${find("podman")} ${storage} "$@"\n`;
  for (const name of ["podman", "docker"]) writeFileSync(join(dir, "bin", name), script, { mode: 0o755 });
  const podman = (...args: string[]) =>
    execFileSync(join(dir, "bin/podman"), args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 30_000,
    });
  importImage(dir, podman);
  let service: { end(): Promise<void> } | null = null;
  return {
    env: { PATH: `${join(dir, "bin")}:${process.env.PATH ?? ""}` },
    start(name, { user = "dev", args = [] } = {}) {
      podman("run", "-d", "--name", name, "--network=none", "--user", user, ...args, "busybox", "sleep", "100000");
    },
    podman,
    sh: (name, command, user = "dev") => podman("exec", "--user", user, name, "sh", "-c", command),
    async serveDocker() {
      const client = find("docker");
      if (client === undefined || readFileSync(client).subarray(0, 2).toString() === "#!") {
        console.warn("\n*** NOT TESTED: the client of docker. It is not on this machine ***\n");
        return null;
      }
      const socket = join(dir, "docker.sock");
      const child = spawn(join(dir, "bin/podman"), ["system", "service", "--time=0", `unix://${socket}`], {
        stdio: "ignore",
      });
      const isOver = new Promise((done) => child.once("close", done));
      service = {
        async end() {
          child.kill("SIGTERM");
          await isOver;
        },
      };
      for (let wait = 0; wait < 100 && !existsSync(socket); wait++) await new Promise((done) => setTimeout(done, 50));
      return { PATH: process.env.PATH ?? "", DOCKER_HOST: `unix://${socket}` };
    },
    async close() {
      await service?.end();
      podman("rm", "--all", "-f", "-t", "0");
      await removeTree(dir);
    },
  };
}

/** busybox with its commands, and a user. */
function importImage(dir: string, podman: (...args: string[]) => string): void {
  const root = join(dir, "image");
  for (const name of ["bin", "etc", "tmp", "root", "proc", "sys", "dev", "home/dev"])
    mkdirSync(join(root, name), { recursive: true });
  const busybox = find("busybox") ?? "busybox";
  execFileSync("cp", [busybox, join(root, "bin/busybox")]);
  for (const name of execFileSync(busybox, ["--list"], { encoding: "utf8" }).split("\n"))
    if (name !== "" && name !== "busybox") symlinkSync("busybox", join(root, "bin", name));
  writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\ndev:x:1000:1000:dev:/home/dev:/bin/sh\n");
  execFileSync("chown", ["-R", "1000:1000", join(root, "home/dev")]);
  execFileSync("tar", ["-C", root, "-cf", join(dir, "image.tar"), "."]);
  podman("import", join(dir, "image.tar"), "busybox:latest");
}

function find(name: string): string | undefined {
  return (process.env.PATH ?? "")
    .split(":")
    .map((dir) => join(dir, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
