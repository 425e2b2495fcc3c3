import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { skillText } from "../helpers/manifest-of.js";
import { SEED, seeded } from "../helpers/seeded.js";
import { useSandbox } from "../helpers/with-sandbox.js";

/** Kills of each command; `npm run test:long` sets the full number. */
const KILLS = Number(process.env["EDEN_KILLS"] ?? 4) / 4;
const use = useSandbox();
const IDS = Array.from({ length: 12 }, (_, index) => `s${String(index).padStart(2, "0")}`);

it.each([
  ["install", (url: string) => ["install", url, "--all", "--copy"]],
  ["remove", () => ["remove", ...IDS.slice(0, 6)]],
  ["rollback", () => ["rollback"]],
  ["repair", () => ["repair", "--force"]],
])(
  "kill -9 of %s at any moment: the next apply succeeds, doctor finds no error, nothing of the user's is lost [R-INSTALL-09] [R-SOURCE-07]",
  async (name, lineOf) => {
    const sandbox = use.sandbox();
    mkdirSync(join(sandbox.home, ".claude"));
    const files = Object.fromEntries(
      IDS.flatMap((id) => [
        [`skills/${id}/SKILL.md`, skillText(id)],
        ...Array.from({ length: 20 }, (_, part) => [`skills/${id}/part-${part}.md`, `${id} ${part}\n`.repeat(200)]),
      ]),
    );
    await createRepository(join(sandbox.root, "served/r.git"), { files });
    const url = `file://${sandbox.root}/served/r.git`;
    const skills = join(sandbox.home, ".claude/skills");
    const manifest = join(sandbox.home, ".eden-skills/skills.toml");
    const line = lineOf(url);
    // From the same beginning each time: nothing for an install, everything installed and one state before it for the others.
    const begin = async () => {
      if (existsSync(manifest)) await sandbox.run(["remove", ...(await idsOf())]);
      if (name === "install") return;
      expect((await sandbox.run(["install", url, "--all", "--copy"])).code).toBe(0);
      if (name === "rollback") expect((await sandbox.run(["remove", ...IDS.slice(6)])).code).toBe(0);
      if (name === "repair")
        for (const id of IDS.slice(0, 4)) writeFileSync(join(skills, id, "mine.md"), "mine\n", { flag: "w" });
    };
    const idsOf = async () => (await sandbox.run(["list", "--json"])).json().skills.map(({ id }: { id: string }) => id);
    const isEdit = (path: string) => path.endsWith("mine.md");

    await begin();
    const whole = await sandbox.spawn(line).finished;
    const random = seeded(`kill ${name}`);
    expect(whole.code, whole.stdout + whole.stderr).toBe(0);
    let tries = 0;
    for (let killed = 0; killed < KILLS; tries++) {
      expect(tries, "most kills must hit a running program").toBeLessThan(8 * KILLS);
      await begin();
      const edits = name === "repair" ? 4 : 0;
      const program = sandbox.spawn(line);
      const ms = 40 + random() * whole.elapsedMs;
      setTimeout(() => program.kill("SIGKILL"), ms);
      if ((await program.finished).signal === "SIGKILL") killed++;
      if (edits > 0) {
        const everywhere = [skills, join(sandbox.storage, "backups")].flatMap((root) =>
          existsSync(root) ? readdirSync(root, { recursive: true }).map(String).filter(isEdit) : [],
        );
        expect(everywhere.length, "an edit was lost").toBeGreaterThanOrEqual(edits);
      }
      if (!existsSync(manifest)) continue;
      const applied = await sandbox.run(["apply", "--force"]);
      expect(applied.code, `seed ${SEED}: killed after ${ms} ms\n${applied.stdout}${applied.stderr}`).toBe(0);
      const { findings } = (await sandbox.run(["doctor", "--json", "--no-warning"])).json();
      expect(findings, `seed ${SEED}: killed after ${ms} ms`).toEqual([]);
      expect(readdirSync(skills).toSorted()).toEqual((await idsOf()).toSorted());
      expect(readFileSync(manifest, "utf8")).toMatch(/^# The skills/u);
    }
    console.log(`${name}: ${Math.ceil(KILLS)} kills in ${tries} runs, no violation`);
  },
  60_000 * Math.max(1, KILLS),
);
