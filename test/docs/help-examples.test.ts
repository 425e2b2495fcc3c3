import { afterAll, beforeAll, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/commands/all.js";
import { membersOf, nameOf, type Command } from "../../src/cli/line/command.js";
import { registryAvailable, startRegistry, type OciRegistry } from "../helpers/oci-registry.js";
import { startExampleServer, type ExampleServer } from "../helpers/example-machine.js";

let server: ExampleServer;
/** Null where none can run; then a push is not tried. */
let registry: OciRegistry | null = null;
beforeAll(async () => {
  server = await startExampleServer();
  if (registryAvailable()) registry = await startRegistry();
});
afterAll(async () => {
  await server.close();
  await registry?.close();
});

/** A machine with an installed manifest, a report of its run, and skills to link. */
const INSTALLED = `
cat > skills.toml <<'END'
version = 1
[defaults]
targets = ["claude-code"]
[registries.official]
url = "https://example.com/registry.git"
[[skills]]
id = "web-design"
source = "acme/skills/skills/web-design#v2.0.0"
groups = ["frontend"]
[[skills]]
name = "pdf-forms"
version = "^2.0"
[[skills]]
id = "one"
source = "./drafts/one"
[[skills]]
id = "two"
source = "./drafts/two"
END
for directory in drafts/one drafts/two drafts/notes; do
  mkdir -p $directory
  printf -- "---\\nname: %s\\ndescription: Own.\\n---\\n" "$(basename $directory)" > $directory/SKILL.md
done
mkdir -p here ~/.local/share/bash-completion/completions ~/.config/fish/completions
eden-skills apply --report run.json --quiet
`;

/** A key of a signer, whom two files allow. */
const KEY = `
mkdir -p ~/.ssh .github && ssh-keygen -q -t ed25519 -N "" -C "" -f ~/.ssh/id_ed25519
echo "release@example.com $(cat ~/.ssh/id_ed25519.pub)" | tee signers > .github/allowed-signers
`;

/** A clone with two skills, each behind its repository. */
const BEHIND = `
printf 'version = 1\\n[defaults]\\ntargets = ["claude-code"]\\n' > skills.toml
for group in web docs; do
  git init --quiet ~/$group
  printf -- "---\nname: %s\ndescription: Own.\n---\n" $group > ~/$group/SKILL.md
  git -C ~/$group add . && git -C ~/$group commit --quiet -m First
  printf '[[skills]]\nid = "%s"\nsource = "file://%s"\ngroups = ["%s"]\n' $group ~/$group $group >> skills.toml
done
eden-skills apply --group web docs --quiet
git init --quiet && git add skills.toml skills.lock && git commit --quiet -m Skills
git remote add origin https://github.com/acme/project.git && git push --quiet origin main
for group in web docs; do
  echo More. >> ~/$group/SKILL.md && git -C ~/$group commit --quiet -am Second
done
`;

/** The machines of commands that need another one. */
const MACHINES: Record<string, string> = {
  init: "true",
  add: `eden-skills init --quiet && mkdir ~/notes && printf -- '---\\nname: notes\\ndescription: Own.\\n---\\n' > ~/notes/SKILL.md`,
  install: `
printf 'version = 1\\n[registries.official]\\nurl = "https://example.com/registry.git"\\n' > skills.toml
mkdir -p skills/own && printf -- '---\\nname: own\\ndescription: Own.\\n---\\n' > skills/own/SKILL.md`,
  import: `
mkdir -p ~/.agents
echo '{"version":1,"skills":{"notes":{"source":"acme/skills","sourceType":"github","skillPath":"skills/notes/SKILL.md"}}}' > skills-lock.json
echo '{"skills":["studio/web"]}' > package.json
printf 'name: app\\nversion: 1.0.0\\ndependencies:\\n  apm: [acme/skills/skills/notes]\\n' > apm.yml
mkdir -p .claude ~/.claude/skills/notes && printf -- '---\\nname: notes\\nmetadata:\\n  github-repo: https://github.com/acme/skills\\n  github-path: skills/notes\\n---\\n' > ~/.claude/skills/notes/SKILL.md
echo '{"enabledPlugins":{"review@acme":true},"extraKnownMarketplaces":{"acme":{"source":{"source":"github","repo":"acme/plugins"}}}}' > .claude/settings.json`,
  "config import": `${INSTALLED}mkdir team && cp skills.toml team.toml && sed -i 's/"web-design"/"web-again"/' team.toml`,
  "lock merge": `${INSTALLED}git init --quiet && for copy in %O %A %B; do cp skills.lock $copy; done`,
  audit: `${INSTALLED}eden-skills audit --baseline audit.json --write-baseline --quiet`,
  "lock sign": `${INSTALLED}${KEY}`,
  "lock verify": `${INSTALLED}${KEY}eden-skills lock sign --key ~/.ssh/id_ed25519`,
  propose: BEHIND,
  rollback: `${INSTALLED}for n in 1 2 3 4 5 6 7 8 9 10 11 12; do eden-skills set one --priority $n --quiet; eden-skills apply --quiet; done`,
};

it.each(COMMANDS.flatMap((command) => membersOf(command).map((member) => [nameOf(member), member] as const)))(
  "the examples of `%s --help` run [R-DOCS-05]",
  { timeout: 240_000 },
  async (name, command) => {
    const machine = server.machine();
    try {
      const store = `printf '[store]\\nremote = "oci://${registry?.host}/team/skills"\\n' >> skills.toml`;
      const isPushed = name === "warm" && registry !== null;
      const ready = await machine.run(isPushed ? INSTALLED + store : (MACHINES[name] ?? INSTALLED));
      expect(ready.code, ready.stderr).toBe(0);
      const examples = examplesOf(command);
      expect(examples.length).toBeGreaterThan(0);
      for (const [line, why] of examples) {
        if (line.includes("--push") && registry === null) continue;
        const { code, stdout, stderr } = await machine.run(asTyped(line));
        const allowed = /exit 3|is this machine/u.test(why) ? [0, 3] : [0];
        expect(allowed, `${line}: exit ${code}\n${stdout}${stderr}`).toContain(code);
      }
    } finally {
      await machine.sandbox.dispose();
    }
  },
);

/** The line of an example; a token is the one of the machine, also where a line says nothing of it. */
function asTyped(line: string): string {
  const token = line.startsWith("$0 propose") ? `GITHUB_TOKEN=… ${line}` : line;
  return token.replace("…", '"$SKILLS_TOKEN"').replaceAll("$0", "eden-skills");
}

/** The examples that a command gives yargs. */
function examplesOf(command: Command): [string, string][] {
  const examples: [string, string][] = [];
  const yargs: any = new Proxy(
    {},
    {
      get: (_, property) => (given: [string, string][]) => {
        if (property === "example") examples.push(...given);
        return yargs;
      },
    },
  );
  command.builder(yargs);
  return examples;
}
