import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startForge } from "./forge-server.js";
import { createRepository } from "./git-repository.js";
import { CERTIFICATE, startHttpRemote } from "./http-remote.js";
import { skillText } from "./manifest-of.js";
import { startProxy } from "./proxy.js";
import { createRegistry } from "./registry.js";
import { createSandbox, type Sandbox } from "./sandbox.js";
import { startProgram, type RunResult } from "./cli-process.js";
import { listed } from "./site-index.js";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
/** The secret of a build server. */
const TOKEN = "example-token";
const HOSTS = ["github.com", "git.example.com", "example.com"];

/** The addresses that documents and help use for examples, served by this machine over https. */
export interface ExampleServer {
  /** An empty machine with two agents; its proxy leads these addresses here, and git those of ssh to https. */
  machine(): ExampleMachine;
  close(): Promise<void>;
}

export interface ExampleMachine {
  sandbox: Sandbox;
  /** Runs a script in the project, as a reader who copies it does. */
  run(script: string): Promise<RunResult>;
}

/** Starts it. */
export async function startExampleServer(): Promise<ExampleServer> {
  const served = createSandbox();
  await publish(served.root);
  const remotes = await Promise.all(
    HOSTS.map(async (host) => await startHttpRemote({ root: join(served.root, host), tls: true })),
  );
  remotes[0]?.fail("acme/private.git", { kind: "credentials", user: "x-access-token", password: TOKEN });
  const forge = await startForge(TOKEN, await publishProject(served.root));
  const site = await startExampleSite();
  const ports = HOSTS.map((host, n) => [host, Number(new URL(remotes[n]?.url ?? "").port)]);
  const proxy = await startProxy({ hosts: { "docs.example.com": site.port, ...Object.fromEntries(ports) } });
  return {
    machine: () => machineAt(proxy.url, forge.url),
    close: async () => {
      await forge.close();
      await proxy.close();
      site.close();
      for (const remote of remotes) await remote.close();
      await served.dispose();
    },
  };
}

/** The repositories of the examples. */
async function publish(root: string): Promise<void> {
  const skills = (...names: string[]) =>
    Object.fromEntries(names.map((name) => [`skills/${name}/SKILL.md`, skillText(name)]));
  const repository = async (path: string, ...names: string[]) => {
    const made = await createRepository(join(root, `${path}.git`), { files: skills(...names) });
    for (const tag of ["v2.0.0", "v2.1.0"]) await made.tag(tag);
    await made.branch("v2");
    return made;
  };
  await repository("github.com/acme/skills", "internal-notes", "notes", "pdf", "review", "web-design");
  const plugins = await repository("github.com/acme/plugins", "code-review");
  const list = { name: "acme", plugins: [{ name: "review", source: "./", skills: ["./skills/code-review"] }] };
  await plugins.commit({ files: { ".claude-plugin/marketplace.json": JSON.stringify(list) } });
  await repository("github.com/studio/web", "web-design", "web-performance");
  await repository("github.com/acme/private", "runbook");
  await repository("git.example.com/ops/tools", "deploy", "web-check");
  await repository("github.com/acme/google-search", "google-search");
  await repository("github.com/acme/pdf-forms", "pdf-forms");
  await createRegistry(join(root, "example.com/registry.git"), {
    name: "Official",
    skills: ["google-search", "pdf-forms"].map((name) => ({
      name,
      description: `What ${name} is for`,
      repo: `https://github.com/acme/${name}.git`,
      subpath: `skills/${name}`,
      versions: ["2.0.0", "2.1.0"].map((version) => ({ version, ref: `v${version}` })),
    })),
  });
}

/** An empty repository to push to. Returns what tells the commits of its branches. */
async function publishProject(root: string): Promise<(branch: string) => Promise<string>> {
  const project = await createRepository(join(root, "github.com/acme/project.git"));
  await project.git(["config", "http.receivepack", "true"]);
  return async (branch) => await project.revParse(`refs/heads/${branch}`).catch(() => "");
}

async function startExampleSite() {
  const pages = listed({ handbook: { "SKILL.md": skillText("handbook") } });
  const [key, cert] = [join(dirname(CERTIFICATE), "key.pem"), CERTIFICATE].map((file) => readFileSync(file, "utf8"));
  const server = createServer({ key, cert }, (request, response) => {
    const page = pages[request.url ?? ""];
    response.writeHead(page === undefined ? 404 : 200).end(page);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** @param api where the APIs of GitHub and GitLab are. */
function machineAt(proxy: string, api: string): ExampleMachine {
  const sandbox = createSandbox();
  const { home, project, root } = sandbox;
  for (const directory of [".claude", ".cursor"]) mkdirSync(join(home, directory));
  const rewritten = HOSTS.map(
    (host) => `[url "https://${host}/"]\n\tinsteadOf = git@${host}:\n\tinsteadOf = ssh://git@${host}/\n`,
  );
  const settings = `[user]\n\tname = Reader\n\temail = reader@example.com\n[init]\n\tdefaultBranch = main\n[http]\n\tsslCAInfo = ${CERTIFICATE}\n`;
  writeFileSync(join(home, ".gitconfig"), `${settings}${rewritten.join("")}`);
  mkdirSync(join(project, "node_modules"));
  symlinkSync(PROJECT, join(project, "node_modules/eden-skills"));
  const bin = join(root, "bin");
  mkdirSync(bin);
  const program = join(PROJECT, "dist/main.cjs");
  const script = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  script("eden-skills", `exec "${process.execPath}" "${program}" "$@"`);
  // npx would fetch the published package; here it runs what was built.
  script(
    "npx",
    `[ "$1" = --yes ] && shift\ncase "$1" in eden-skills|eden-skills@*) shift ;; *) exit 64 ;; esac\nexec eden-skills "$@"`,
  );
  const base = sandbox.environment();
  const env = {
    ...base,
    PATH: `${bin}:${base["PATH"]}`,
    HTTPS_PROXY: proxy,
    SKILLS_TOKEN: TOKEN,
    GITHUB_API_URL: api,
    GITHUB_REPOSITORY: "acme/project",
    CI_API_V4_URL: api,
    CI_PROJECT_PATH: "acme/project",
  };
  return {
    sandbox,
    run: async (text) =>
      await startProgram(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text], { cwd: project, env })
        .finished,
  };
}
