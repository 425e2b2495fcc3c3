import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canRunContainers, startContainers, type Containers } from "../helpers/containers.js";
import { blocksOf } from "../helpers/documents.js";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { createSandbox, type Sandbox } from "../helpers/sandbox.js";

const DIST = fileURLToPath(new URL("../../dist", import.meta.url));
const blocks = (language: string) =>
  blocksOf("docs/images.md")
    .filter((block) => block.language === language)
    .map(({ text }) => text);

/** The commands that need a network; their programs are in the image of the test. */
const withoutNetwork = (text: string) => text.replaceAll(/^RUN (?:apt-get|npm) .*$/gmu, "");

describe.runIf(canRunContainers())("the recipes of the guide", () => {
  let containers: Containers;
  let sandbox: Sandbox;
  let bare: string;
  let binds: string[];
  beforeAll(async () => {
    containers = startContainers();
    sandbox = createSandbox();
    bare = join(sandbox.root, "served/skills.git");
    await createRepository(bare, { files: { "one/SKILL.md": skillText("one") } });
    // The programs of this machine, in an image of its own.
    const root = join(sandbox.root, "base");
    for (const name of ["usr", "etc", "tmp", "root", "proc", "sys", "dev", "home", "app", "opt/bin", "node", "dist"])
      mkdirSync(join(root, name), { recursive: true });
    for (const name of ["bin", "sbin", "lib", "lib64"]) symlinkSync(`usr/${name}`, join(root, name));
    writeFileSync(join(root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\n");
    for (const name of ["group", "shadow"])
      writeFileSync(join(root, "etc", name), name === "group" ? "root:x:0:\n" : "");
    const script = '#!/bin/sh\nexec /node/node /dist/main.cjs "$@"\n';
    writeFileSync(join(root, "opt/bin/eden-skills"), script, { mode: 0o755 });
    execFileSync("tar", ["-C", root, "-cf", `${root}.tar`, "."]);
    for (const name of ["docker.io/library/node:24-slim", "docker.io/library/debian:stable-slim"])
      containers.podman("import", "--change", "ENV PATH=/opt/bin:/usr/sbin:/usr/bin", `${root}.tar`, name);
    binds = ["/usr:/usr", `${dirname(process.execPath)}:/node`, `${DIST}:/dist`, `${bare}:${bare}`].flatMap((bind) => [
      "-v",
      `${bind}:ro`,
    ]);
    sandbox.writeManifest(
      `version = 1\nscope = "global"\n[[skills]]\nid = "one"\nsource = { repo = ${JSON.stringify(bare)}, subpath = "one" }\ninstall = { mode = "copy" }\ntargets = ["claude-code", { agent = "codex", scope = "project" }, "docker:box"]\n`,
    );
    const locked = await sandbox.run(["warm", "--json"]);
    expect(locked.code, locked.stdout).toBe(0);
    // `warm` writes no lockfile: an image does.
    expect((await sandbox.run(["apply", "--root", "image"])).code).toBe(0);
    rmSync(join(sandbox.project, "image"), { recursive: true });
    expect((await sandbox.run(["warm", "--bundle", "skills.tgz"])).code).toBe(0);
  });
  afterAll(async () => {
    await containers.close();
    await sandbox.dispose();
  });

  /** Builds a recipe, and returns its image. */
  const build = (dockerfile: string, name: string): string => {
    writeFileSync(join(sandbox.project, "Dockerfile"), withoutNetwork(dockerfile));
    containers.podman(
      "build",
      "--network=none",
      "--pull=never",
      "--layers=false",
      ...binds,
      "-t",
      name,
      sandbox.project,
    );
    return name;
  };
  const inside = (image: string, command: string, ...args: string[]): string =>
    containers.podman("run", "--rm", "--network=none", ...binds, ...args, image, "sh", "-c", command);

  it("a Dockerfile with --root and one with a bundle make an image in which apply owns what is there [R-ROOT-02] [R-ROOT-07]", () => {
    const [stage = "", , bundle = ""] = blocks("dockerfile");
    expect([stage, bundle].map((text) => /--root|--from-bundle/u.exec(text)?.[0])).toEqual(["--root", "--from-bundle"]);
    const text = skillText("one").repeat(2);
    const shown = "cat /root/.claude/skills/one/SKILL.md /app/.agents/skills/one/SKILL.md";
    expect(inside(build(bundle, "bundle"), shown)).toBe(text);
    // The image gets the manifest later, and then one target less.
    const script = [
      shown,
      "find /root /app -name store -o -name mirrors",
      "cd /app && cp /project/skills.* .",
      // Its container is not there.
      "{ eden-skills apply --frozen --json || true; }",
      `sed -i '/^targets/s/"claude-code", //; s/, "docker:box"//' skills.toml`,
      "{ eden-skills apply || true; } && ls -A ~/.claude/skills .agents/skills",
    ];
    const said = inside(build(stage, "stage"), script.join(" && "), "-v", `${sandbox.project}:/project:ro`);
    expect(said.startsWith(`${text}{`), said).toBe(true);
    expect(said).toContain('"noop": 2');
    expect(said).toMatch(/^\/root\/.claude\/skills:\s*$/mu);
    expect(said).toMatch(/^\.agents\/skills:\s*one$/mu);
  });

  it("a Dockerfile for another user makes an image that he can change [R-ROOT-06] [R-ROOT-07]", () => {
    const [, text = ""] = blocks("dockerfile");
    const image = build(text, "user");
    expect(inside(image, "id -un; cat ~/.claude/skills/one/SKILL.md; stat -c %U ~/.claude ~/.eden-skills")).toBe(
      `dev\n${skillText("one")}dev\ndev\n`,
    );
    const script = `cp /project/skills.toml ~ && cd ~ && sed -i 's/, "docker:box"//' skills.toml && eden-skills remove one --json; ls -A ~/.claude/skills`;
    expect(inside(image, script, "-v", `${sandbox.project}:/project:ro`)).toMatch(/"remove": 1/u);
  });

  it("a dev container installs when it is created [R-ROOT-07]", () => {
    const { postCreateCommand } = JSON.parse(blocks("json")[0] ?? "");
    const command = String(postCreateCommand).replace("npm install --global eden-skills && ", "");
    expect(command).toMatch(/^eden-skills /u);
    const workspace = join(sandbox.root, "workspace");
    cpSync(sandbox.project, workspace, { recursive: true });
    writeFileSync(
      join(workspace, "skills.toml"),
      readFileSync(join(workspace, "skills.toml"), "utf8").replace(', "docker:box"', ""),
    );
    const script = `cd /workspace && eden-skills apply && ${command} && cat ~/.claude/skills/one/SKILL.md .agents/skills/one/SKILL.md`;
    expect(inside("node:24-slim", script, "-v", `${workspace}:/workspace`)).toContain(skillText("one").repeat(2));
  });
});
