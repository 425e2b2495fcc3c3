import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, type afterAll } from "vitest";
import { git, gitText } from "./git-command.js";
import { createRepository, type Repository } from "./git-repository.js";
import { startForge, type ForgeServer } from "./forge-server.js";
import type { HttpRemote } from "./http-remote.js";
import { manifestOf, skillText } from "./manifest-of.js";
import type { Sandbox } from "./sandbox.js";
import { useSandbox } from "./with-sandbox.js";

/** The token of the API, and the password of the remote. */
export const TOKEN = "ghp_sEcReTsEcReTsEcReT";
export const PASSWORD = "pUsHpAsSwOrD";

/** A project with two skills, its remote over http with credentials, and the API of its host. */
export interface ProposalSetup {
  sandbox: Sandbox;
  /** The sources of the skills `one` and `two`. */
  one: Repository;
  two: Repository;
  /** The remote of the project. */
  origin: Repository;
  remote: HttpRemote;
  forge: ForgeServer;
  /** The variables of a build server of GitHub. */
  env: Record<string, string>;
  /** A git command in the project; trimmed output. */
  inProject(...args: string[]): Promise<string>;
  /** The commit of a branch of the remote; "" if there is none. */
  tipOf(branch: string): Promise<string>;
}

/**
 * Makes projects that end with their test.
 * @param atEnd `afterAll` if one is for all tests of a file.
 */
export function useProposals(
  atEnd: typeof afterEach | typeof afterAll = afterEach,
): (groups?: boolean) => Promise<ProposalSetup> {
  const use = useSandbox(atEnd);
  const open: ForgeServer[] = [];
  atEnd(async () => {
    for (const forge of open.splice(0)) await forge.close();
  });
  return async (groups = false) => {
    const sandbox = use.sandbox();
    const served = (name: string) => join(sandbox.root, "served", name);
    const [one, two] = await Promise.all(
      ["one", "two"].map((name) => createRepository(served(`${name}.git`), { files: { "SKILL.md": skillText(name) } })),
    );
    const origin = await createRepository(served("acme/project.git"));
    await origin.git(["config", "http.receivepack", "true"]);
    const remote = await use.remote(sandbox);
    remote.fail("acme/project.git", { kind: "credentials", user: "ci", password: PASSWORD });
    const tipOf = async (branch: string) => await origin.revParse(`refs/heads/${branch}`).catch(() => "");
    const forge = await startForge(TOKEN, tipOf);
    open.push(forge);
    const helper = `[credential]\n  helper = "!f() { echo username=ci; echo password=${PASSWORD}; }; f"\n`;
    writeFileSync(join(sandbox.home, ".gitconfig"), helper);
    const inProject = async (...args: string[]) => await gitText(args, { cwd: sandbox.project });
    const grouped = (name: string) => (groups ? { extra: `groups = ["${name}"]` } : {});
    sandbox.writeManifest(
      manifestOf([
        { id: "one", repo: `${remote.url}/one.git`, ...grouped("web") },
        { id: "two", repo: `${remote.url}/two.git`, ...grouped("docs") },
      ]),
    );
    await git(["init", "--quiet", "--initial-branch=main"], { cwd: sandbox.project });
    const applied = await sandbox.run(["apply", ...(groups ? ["--group", "web", "docs"] : [])]);
    if (applied.code !== 0) throw new Error(applied.stderr);
    await inProject("add", "skills.toml", "skills.lock");
    await inProject("commit", "--quiet", "-m", "Add skills");
    await inProject("push", "--quiet", origin.dir, "main");
    await inProject("remote", "add", "origin", `${remote.url}/acme/project.git`);
    const env = { GITHUB_TOKEN: TOKEN, GITHUB_API_URL: forge.url, GITHUB_REPOSITORY: "acme/project" };
    if (one === undefined || two === undefined) throw new Error("no sources");
    return { sandbox, one, two, origin, remote, forge, env, inProject, tipOf };
  };
}
