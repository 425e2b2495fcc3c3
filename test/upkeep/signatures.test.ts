import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { removeTree } from "../helpers/sandbox.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const { failed: isMissing } = await execa("sh", ["-c", "command -v ssh-keygen"], { reject: false });
if (isMissing) process.stderr.write("ssh-keygen is not installed: the tests of signatures do not run\n");

/** A locked manifest, the keys of a signer and of a stranger, and the file that names the signer. */
async function setUp() {
  const sandbox = use.sandbox();
  await createRepository(join(sandbox.root, "served/all.git"), { files: { "a/SKILL.md": skillText("a") } });
  const remote = await use.remote(sandbox);
  sandbox.writeManifest(manifestOf([{ id: "a", repo: `${remote.url}/all.git`, subpath: "a" }]));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  const [key, stranger, signers] = ["key", "stranger", "signers"].map((name) => join(sandbox.root, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [key, stranger])
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path]);
  writeFileSync(signers, `release@example.com ${readFileSync(`${key}.pub`, "utf8")}`);
  const signature = `${sandbox.lockfilePath}.sig`;
  const verify = async (...more: string[]) =>
    await sandbox.run(["lock", "verify", "--allowed-signers", signers, "--json", ...more]);
  return { sandbox, key, stranger, signers, signature, verify };
}

const INVALID = { error: { code: "SIGNATURE_INVALID" }, exit_code: 1 };

describe.skipIf(isMissing)("a signature of the lockfile", () => {
  it("is written beside it, and names its signer [R-SIGN-01] [R-SIGN-02]", async () => {
    const { sandbox, key, signers, signature, verify } = await setUp();
    const signed = await sandbox.run(["lock", "sign", "--key", key, "--json"]);
    expect([signed.code, signed.json()], signed.stdout).toMatchObject([
      0,
      { schema_version: 1, command: "lock sign", file: sandbox.lockfilePath, signature },
    ]);
    expect(readFileSync(signature, "utf8")).toMatch(/^-----BEGIN SSH SIGNATURE-----\n/u);
    const verified = await verify();
    expect([verified.code, verified.json()], verified.stdout).toMatchObject([
      0,
      { command: "lock verify", identity: "release@example.com", key: expect.stringMatching(/^SHA256:/u) },
    ]);
    expect((await verify("--identity", "release@example.com")).code).toBe(0);
    // Any program that reads signatures of ssh-keygen can verify it.
    const args = ["-Y", "verify", "-f", signers, "-I", "release@example.com", "-n", "eden-skills", "-s", signature];
    expect((await execa("ssh-keygen", args, { inputFile: sandbox.lockfilePath })).exitCode).toBe(0);
    const again = await sandbox.run(["lock", "sign", "--key", key]);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("skills.lock.sig")]);
    expect((await sandbox.run(["lock", "verify", "--allowed-signers", signers])).stdout).toContain(
      "release@example.com",
    );
  });

  it("is refused for another text, signer, name or purpose, and if it is missing [R-SIGN-02]", async () => {
    const { sandbox, key, stranger, signers, signature, verify } = await setUp();
    expect([(await verify()).code, (await verify()).json()]).toMatchObject([1, INVALID]);
    expect((await sandbox.run(["lock", "sign", "--key", key])).code).toBe(0);
    const honest = readFileSync(sandbox.lockfilePath, "utf8");
    writeFileSync(sandbox.lockfilePath, honest.replace("skills.git", "evil.git") + "\n");
    expect((await verify()).json()).toMatchObject(INVALID);
    writeFileSync(sandbox.lockfilePath, honest);
    expect((await verify("--identity", "other@example.com")).json()).toMatchObject(INVALID);
    expect((await sandbox.run(["lock", "sign", "--key", stranger])).code).toBe(0);
    expect((await verify()).json()).toMatchObject(INVALID);
    const forGit = await execa("ssh-keygen", ["-Y", "sign", "-n", "git", "-f", key], { input: honest });
    writeFileSync(signature, `${forGit.stdout}\n`);
    expect((await verify()).json()).toMatchObject(INVALID);
    writeFileSync(signature, "garbage");
    expect((await verify()).json()).toMatchObject(INVALID);
    rmSync(signers);
    expect((await verify()).json()).toMatchObject(INVALID);
  });

  it("needs a key that can be read, and a lockfile; nothing is written otherwise [R-SIGN-01]", async () => {
    const { sandbox, key, signature } = await setUp();
    const missing = await sandbox.run(["lock", "sign", "--key", join(sandbox.root, "absent"), "--json"]);
    expect([missing.code, missing.json().error.code]).toEqual([1, "SIGNING_FAILED"]);
    expect(existsSync(signature)).toBe(false);
    expect((await sandbox.run(["lock", "sign", "--key", key])).code).toBe(0);
    // What an earlier run signed must not be taken for the signature of this one.
    const failed = await sandbox.run(["lock", "sign", "--key", sandbox.lockfilePath, "--json"]);
    expect([failed.code, failed.json().error.code, existsSync(signature)]).toEqual([1, "SIGNING_FAILED", false]);
    rmSync(sandbox.lockfilePath);
    expect((await sandbox.run(["lock", "sign", "--key", key, "--json"])).code).not.toBe(0);
    expect((await sandbox.run(["lock", "sign"])).code).toBe(2);
  });
});

describe.skipIf(isMissing)("a signed bundle [R-SIGN-03]", () => {
  it("is installed if its signature is of an allowed signer, and otherwise not even read", async () => {
    const { sandbox, key, stranger, signers } = await setUp();
    const bundle = join(sandbox.root, "skills.tgz");
    const made = await sandbox.run(["warm", "--bundle", bundle, "--sign", key]);
    expect([made.code, existsSync(`${bundle}.sig`)], made.stdout).toEqual([0, true]);
    const apply = ["apply", "--from-bundle", bundle, "--allowed-signers", signers, "--json"];
    const forget = async () => {
      await removeTree(sandbox.storage);
      await removeTree(join(sandbox.home, ".claude"));
    };
    await forget();
    const installed = await sandbox.run([...apply, "--identity", "release@example.com"]);
    expect(installed.code, installed.stdout).toBe(0);
    const honest = readFileSync(bundle);
    const signature = readFileSync(`${bundle}.sig`);
    const refused = async () => {
      await forget();
      const result = await sandbox.run(apply);
      expect([result.code, result.json()], result.stdout).toMatchObject([1, INVALID]);
      expect(existsSync(join(sandbox.home, ".claude/skills/a"))).toBe(false);
      const store = join(sandbox.storage, "store");
      expect(existsSync(store) ? readdirSync(store) : []).toEqual([]);
    };
    // A file that is no bundle at all: its own error would show that it was read.
    writeFileSync(bundle, "no archive");
    await refused();
    writeFileSync(bundle, honest);
    rmSync(`${bundle}.sig`);
    await refused();
    const other = await execa("ssh-keygen", ["-Y", "sign", "-n", "eden-skills", "-f", stranger], { inputFile: bundle });
    writeFileSync(`${bundle}.sig`, `${other.stdout}\n`);
    await refused();
    writeFileSync(`${bundle}.sig`, signature);
    await forget();
    expect((await sandbox.run(apply)).code).toBe(0);
  });

  it("has no signature of an earlier bundle, whether it is signed or not", async () => {
    const { sandbox, key } = await setUp();
    const bundle = join(sandbox.root, "skills.tgz");
    const make = async (...more: string[]) => await sandbox.run(["warm", "--bundle", bundle, ...more, "--json"]);
    expect((await make("--sign", key)).code).toBe(0);
    const failed = await make("--sign", sandbox.lockfilePath);
    expect([failed.code, failed.stdout.includes("SIGNING_FAILED")], failed.stdout).toEqual([1, true]);
    expect([existsSync(bundle), existsSync(`${bundle}.sig`)]).toEqual([true, false]);
    expect((await make("--sign", key)).code).toBe(0);
    expect((await make()).code).toBe(0);
    expect(existsSync(`${bundle}.sig`)).toBe(false);
  });

  it("needs the options that belong together", async () => {
    const { sandbox, key, signers } = await setUp();
    for (const args of [
      ["warm", "--sign", key],
      ["apply", "--allowed-signers", signers],
      ["apply", "--from-bundle", "x.tgz", "--identity", "a"],
    ])
      expect([args, (await sandbox.run(args)).code]).toEqual([args, 2]);
  });
});
