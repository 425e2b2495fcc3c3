import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startGitDaemon } from "../helpers/git-daemon.js";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { sshdAvailable, startSshRemote } from "../helpers/ssh-remote.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

/** Branch or tag as a manifest writes it, and the bytes of its name at the server. */
const NAMES: [id: string, ref: string, bytes: Buffer][] = [
  ["accent", "exposé", Buffer.from("refs/heads/exposé")],
  ["grave", "voilà", Buffer.from("refs/heads/voilà")],
  ["latin", "exposição", Buffer.from("refs/heads/exposição", "latin1")],
  ["cjk", "機能/日本語", Buffer.from("refs/heads/機能/日本語")],
  ["emoji", "release-🚀", Buffer.from("refs/tags/release-🚀")],
  ["tag", "v1.0/ü", Buffer.from("refs/tags/v1.0/ü")],
  ["full", "refs/heads/größe", Buffer.from("refs/heads/größe")],
  ["decomposed", "re\u0301sume\u0301", Buffer.from("refs/heads/re\u0301sume\u0301")],
];

/** The names go straight into `packed-refs`: no command line or file system changes their bytes. */
async function repositoryIn(root: string, more: readonly Buffer[] = []) {
  mkdirSync(root, { recursive: true });
  const repository = await createRepository(join(root, "r.git"), { files: { "SKILL.md": skillText("one") } });
  const tip = await repository.revParse("main");
  const names = [
    ...NAMES.map(([, , bytes]) => bytes),
    ...more,
    Buffer.from([..."refs/heads/raw-".split("").map((c) => c.charCodeAt(0)), 0xff, 0xfe]),
  ];
  const lines = names
    .toSorted(Buffer.compare)
    .map((name) => Buffer.concat([Buffer.from(`${tip} `), name, Buffer.from("\n")]));
  appendFileSync(
    join(repository.dir, "packed-refs"),
    Buffer.concat([Buffer.from("# pack-refs with: sorted \n"), ...lines]),
  );
  return { tip, repository };
}

describe("refs in any encoding [R-GIT-25]", () => {
  const transports = ["file", "http", "git", ...(sshdAvailable() ? ["ssh"] : [])];
  it.each(transports)("are found over %s", async (transport) => {
    const sandbox = use.sandbox();
    const root = join(sandbox.root, "served");
    const { tip, repository } = await repositoryIn(root);
    const closing: { close(): Promise<void> }[] = [];
    let env: Record<string, string> = {};
    let repo = `file://${repository.dir}`;
    if (transport === "http") repo = (await use.remote(sandbox)).urlOf("r.git");
    if (transport === "git") {
      const daemon = await startGitDaemon({ root });
      closing.push(daemon);
      repo = daemon.urlOf("r.git");
    }
    if (transport === "ssh") {
      const ssh = await startSshRemote({ root });
      closing.push(ssh);
      env = ssh.env;
      repo = ssh.urlOf("r.git");
    }
    try {
      sandbox.writeManifest(manifestOf(NAMES.map(([id, ref]) => ({ id, repo, ref }))));
      const { skills, exit_code } = (await sandbox.run(["apply", "--json"], { env })).json();
      expect(skills.map(({ id, commit, diagnostics }: any) => [id, commit, diagnostics])).toEqual(
        NAMES.map(([id]) => [id, tip, []]),
      );
      expect(exit_code).toBe(0);
      const behind = (await sandbox.run(["outdated", "--json"], { env })).json();
      expect(new Set(behind.skills.map(({ status }: any) => status))).toEqual(new Set(["current", "pinned"]));
    } finally {
      for (const one of closing) await one.close();
    }
  });

  it("are named in the hint for one that is missing, which never names itself", async () => {
    const sandbox = use.sandbox();
    const { repository } = await repositoryIn(join(sandbox.root, "served"));
    const remote = await use.remote(sandbox);
    for (const repo of [repository.dir, remote.urlOf("r.git")]) {
      sandbox.writeManifest(
        manifestOf([
          { id: "missing", repo, ref: "exposée" },
          { id: "composed", repo, ref: "résumé" },
          { id: "mojibake", repo, ref: "exposÃ©" },
        ]),
      );
      const { skills } = (await sandbox.run(["apply", "--json"])).json();
      const [missing, composed, mojibake] = skills.map(({ diagnostics }: any) => diagnostics[0]);
      expect(missing).toMatchObject({ code: "REF_NOT_FOUND", message: expect.stringContaining("'exposée'") });
      expect(missing.hint).toMatch(/^It has: .*, and \d+ more\.$/u);
      expect(missing.hint).not.toContain("exposée");
      expect(composed).toMatchObject({ code: "REF_NOT_FOUND", hint: expect.stringMatching(/looks the same.*NFC/u) });
      expect(mojibake.code).toBe("REF_NOT_FOUND");
    }
  });

  it("can be installed from, by the short grammar and by the address of a page", async () => {
    const sandbox = use.sandbox();
    await repositoryIn(join(sandbox.root, "served"));
    const remote = await use.remote(sandbox);
    sandbox.writeManifest('version = 1\nscope = "global"\n');
    const repo = remote.urlOf("r.git");
    const installed = await sandbox.run(["install", `${repo}#exposé`, "--all", "--json", "--target", "claude-code"]);
    expect(installed.json()).toMatchObject({ exit_code: 0, skills: [{ source: { ref: "exposé" } }] });
    const listed = await sandbox.run(["install", repo, "--ref", "機能/日本語", "--list", "--json"]);
    expect(listed.code, listed.stdout).toBe(0);
  });
});
