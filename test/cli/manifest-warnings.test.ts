import { expect, it } from "vitest";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

it.each(["list", "plan", "apply --dry-run"])(
  "%s tells the warnings about a manifest once on standard error, with --json too, and not with --quiet",
  async (command) => {
    const args = command.split(" ");
    const sandbox = use.sandbox();
    sandbox.writeManifest("version = 1\nskills = []\n[reactor]\nretrys = 3\n");
    for (const extra of [[], ["--json"]]) {
      const { code, stderr } = await sandbox.run([...args, ...extra]);
      expect([code, stderr.match(/warning\[UNKNOWN_KEY\]/gu)?.length]).toEqual([0, 1]);
      expect(stderr).toContain("reactor.retrys");
    }
    expect((await sandbox.run([...args, "--json"])).json()).toBeTypeOf("object");
    expect((await sandbox.run([...args, "--json", "--quiet"])).stderr).toBe("");
    expect(await sandbox.run([...args, "--quiet"])).toMatchObject({ code: 0, stdout: "", stderr: "" });
  },
);
