import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { gitText } from "../helpers/git-command.js";
import { skillText } from "../helpers/manifest-of.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const AGENTS = ["claude-code", "cursor", "windsurf"];

it.each(["symlink", "copy"])(
  "a project that is committed and cloned stays clean in both clones, whatever is installed in them (%s) [R-GITIGNORE-01] [R-LOCK-01]",
  async (mode) => {
    const sandbox = use.sandbox();
    const served = await createRepository(join(sandbox.root, "served/team.git"), {
      files: Object.fromEntries(["alpha", "beta"].map((id) => [`skills/${id}/SKILL.md`, skillText(id)])),
    });
    const { url } = await use.remote(sandbox);
    const places = ["ann", "bob"].map((name) => ({
      home: join(sandbox.root, name),
      project: join(sandbox.root, name, "work/site"),
    }));
    const [ann, bob] = places as [(typeof places)[0], (typeof places)[0]];
    for (const { home } of places) mkdirSync(join(home, "work"), { recursive: true });
    const shared = join(sandbox.root, "shared.git");
    await gitText(["init", "--quiet", "--bare", "--initial-branch=main", shared]);
    const eden = async ({ home, project }: typeof ann, ...args: string[]) => {
      const result = await sandbox.run(args, { cwd: project, env: { HOME: home } });
      expect(result.code, `${args.join(" ")}\n${result.stdout}${result.stderr}`).toBe(0);
    };
    const git = async ({ project }: typeof ann, ...args: string[]) =>
      await gitText(["-c", "user.name=t", "-c", "user.email=t@example.com", "-C", project, ...args]);
    const share = async (place: typeof ann, message: string) => {
      await git(place, "add", "-A");
      await git(place, "commit", "--quiet", "-m", message);
      await git(place, "push", "--quiet", "origin", "HEAD:main");
    };
    const isClean = async (place: typeof ann) => expect(await git(place, "status", "--porcelain")).toBe("");
    const skillOf = ({ project }: typeof ann, id: string) =>
      readFileSync(join(project, `.claude/skills/${id}/SKILL.md`), "utf8");
    const install = async (place: typeof ann, source: string, ...more: string[]) =>
      await eden(place, "install", source, ...more, "--target", ...AGENTS, ...(mode === "copy" ? ["--copy"] : []));

    await gitText(["clone", "--quiet", shared, ann.project]);
    await eden(ann, "init");
    await install(ann, `${url}/team.git`, "--skill", "alpha");
    await share(ann, "Skills");
    await isClean(ann);

    await gitText(["clone", "--quiet", shared, bob.project]);
    await eden(bob, "apply", "--frozen");
    await isClean(bob);
    expect(skillOf(bob, "alpha")).toBe(skillText("alpha"));
    await install(bob, `${url}/team.git`, "--skill", "beta");
    await share(bob, "One more");
    await isClean(bob);

    await git(ann, "pull", "--quiet", "origin", "main");
    await eden(ann, "apply");
    await isClean(ann);
    expect(skillOf(ann, "beta")).toBe(skillText("beta"));
    await served.commit({ files: { "skills/alpha/SKILL.md": skillText("alpha", "Better.") } });
    await eden(ann, "update");
    await share(ann, "Newer");
    await git(bob, "pull", "--quiet", "origin", "main");
    await eden(bob, "apply", "--frozen");
    for (const place of places) {
      await isClean(place);
      await eden(place, "remove", "beta");
      await eden(place, "rollback");
      await isClean(place);
    }
    expect(await git(ann, "log", "-p", "--all")).not.toContain(sandbox.root);
    expect((await git(ann, "ls-files")).split("\n").toSorted()).toEqual(["skills.lock", "skills.toml"]);
  },
  60_000,
);
