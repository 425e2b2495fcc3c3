import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canRunContainers, startContainers } from "../helpers/containers.js";
import { skillText } from "../helpers/manifest-of.js";
import { SEED, seeded } from "../helpers/seeded.js";
import { sshdAvailable, startSshRemote } from "../helpers/ssh-remote.js";
import { useSandbox } from "../helpers/with-sandbox.js";

/** Faults in all; `npm run test:long` sets the full number. */
const KILLS = Number(process.env["EDEN_KILLS"] ?? 3);
const FILES = 20;
const use = useSandbox();

const FAULTS = ["program", "connection", "container"] as const;

/** Processes whose parent is this one. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/u.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === pid ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

describe.runIf(sshdAvailable() && canRunContainers())("kills and cut connections at any moment", () => {
  it(
    `${KILLS} of them: this machine, two containers and a host have old or new content, doctor says which, and the next apply converges [R-REMOTE-05] [R-FAULT-47] [R-REMOTE-07]`,
    async () => {
      const far = mkdtempSync(join(tmpdir(), "eden-far-"));
      const containers = startContainers();
      const remote = await startSshRemote({ root: far, home: far });
      try {
        containers.start("one");
        containers.start("two", { user: "root" });
        const sandbox = use.sandbox();
        const env = { PATH: `${containers.env.PATH.split(":")[0]}:${remote.env.PATH}` };
        const targets = `"podman:one", "docker:two", "ssh:${remote.host}", "claude-code"`;
        sandbox.writeManifest(
          `version = 1\nscope = "global"\n[[skills]]\nid = "big"\nsource = { repo = "./big" }\ninstall = { mode = "copy" }\ntargets = [${targets}]\n`,
        );
        const write = (version: string) => {
          const directory = join(sandbox.project, "big");
          rmSync(directory, { recursive: true, force: true });
          mkdirSync(directory);
          writeFileSync(join(directory, "SKILL.md"), skillText("big", version));
          for (let file = 0; file < FILES; file++)
            writeFileSync(join(directory, `${file}.md`), `${version} ${file}\n`.repeat(2_000));
        };
        /** What is at each target: a version, "absent", or "half". */
        const seen = (): Record<string, string> => {
          const list =
            'cd ~/.claude/skills/big 2>/dev/null && ls | wc -l && cat *.md | grep -o "^v[0-9]*" | sort | uniq -c';
          const here = (home: string) => {
            const directory = join(home, ".claude/skills/big");
            if (!existsSync(directory)) return "absent";
            const texts = readdirSync(directory).map((name) => readFileSync(join(directory, name), "utf8"));
            return versionOf(texts.length, texts.join("\n"));
          };
          const there = (name: string, user: string) => {
            const text = containers.sh(name, `${list} || true`, user);
            if (text.trim() === "") return "absent";
            const [count = "", ...lines] = text.trim().split("\n");
            return versionOf(Number(count), lines.map((line) => line.trim().split(" ")[1]).join("\n"));
          };
          return {
            "container one": there("one", "dev"),
            "container two": there("two", "root"),
            "host ": here(far),
            local: here(sandbox.home),
          };
        };
        const versionOf = (count: number, text: string) => {
          const versions = new Set(text.match(/^v\d+/gmu));
          return count === FILES + 1 && versions.size === 1 ? ([...versions][0] ?? "half") : "half";
        };
        const random = seeded("remote-kills");
        const counts = new Map<string, number>();
        write("v0");
        const first = await sandbox.spawn(["apply", "--json"], { env }).finished;
        expect(first.code, first.stdout).toBe(0);
        write("v1");
        const started = performance.now();
        expect((await sandbox.spawn(["apply"], { env }).finished).code).toBe(0);
        const usualMs = performance.now() - started;
        for (let kill = 0; kill < KILLS; kill++) {
          const [old, next] = [`v${kill + 1}`, `v${kill + 2}`];
          write(next);
          const program = sandbox.spawn(["apply", "--json"], { env });
          const after = random() * usualMs;
          const fault = FAULTS[kill % FAULTS.length];
          const about = `${fault} after ${Math.round(after)} of ${Math.round(usualMs)} ms, EDEN_SEED=${SEED}, fault ${kill}`;
          await new Promise((resolve) => setTimeout(resolve, after));
          if (fault === "program") program.kill("SIGKILL");
          if (fault === "container") containers.podman("kill", "one");
          if (fault === "connection") {
            const connections = childrenOf(program.child.pid ?? 0);
            const chosen = connections[Math.floor(random() * connections.length)];
            if (chosen !== undefined) process.kill(-chosen, "SIGKILL");
          }
          await program.finished.catch(() => {});
          if (fault === "container") containers.podman("start", "one");
          // A shell that was cut off finishes the script that it has.
          await new Promise((resolve) => setTimeout(resolve, 300));
          const found = seen();
          for (const content of Object.values(found)) {
            const kind = content === old ? "old" : content === next ? "new" : content;
            counts.set(kind, (counts.get(kind) ?? 0) + 1);
          }
          for (const [place, content] of Object.entries(found))
            expect([old, next, "absent"], `${place}: ${about}`).toContain(content);
          const { findings } = (await sandbox.run(["doctor", "--json"], { env })).json();
          const wrong = findings.filter(
            ({ code }: { code: string }) => code.startsWith("TARGET_") || code.startsWith("ADAPTER_"),
          );
          const expected = Object.values(found).filter((content) => content !== next).length;
          expect(wrong, `${JSON.stringify(found)}: ${about}`).toHaveLength(expected);
          const again = await sandbox.run(["apply", "--json"], { env });
          expect(again.code, `${again.stdout}${about}`).toBe(0);
          expect(new Set(Object.values(seen())), about).toEqual(new Set([next]));
          const left = containers.sh("one", "ls -A ~/.claude/skills ~/.claude/skills/.eden-skills");
          expect(
            left.match(/\S+/gu)?.filter((name) => !name.endsWith(":")),
            about,
          ).toEqual([".eden-skills", "big", "big.json"]);
        }
        console.info(`${KILLS} faults: ${JSON.stringify(Object.fromEntries(counts))}`);
      } finally {
        await remote.close();
        await containers.close();
        rmSync(far, { recursive: true });
      }
    },
    Math.max(600_000, KILLS * 60_000),
  );
});
