import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRepository } from "../helpers/git-repository.js";
import { manifestOf, skillText } from "../helpers/manifest-of.js";
import { removeTree } from "../helpers/sandbox.js";
import { startSigstore } from "../helpers/sigstore.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();
const IDENTITY = "https://github.com/acme/skills/.github/workflows/lock.yml@refs/heads/main";
const OIDC = "https://token.actions.githubusercontent.com";
const INVALID = { error: { code: "SIGNATURE_INVALID" }, exit_code: 1 };

const authority = startSigstore();

/** A locked manifest, and the trusted root of the authority. */
async function setUp() {
  const sandbox = use.sandbox();
  await createRepository(join(sandbox.root, "a.git"), { files: { "a/SKILL.md": skillText("a") } });
  sandbox.writeManifest(manifestOf([{ id: "a", repo: `file://${sandbox.root}/a.git`, subpath: "a" }]));
  expect((await sandbox.run(["apply"])).code).toBe(0);
  const root = join(sandbox.root, "trusted_root.json");
  writeFileSync(root, JSON.stringify(authority.trustedRoot()));
  const trust = (identity = IDENTITY, issuer = OIDC) => [
    "--trusted-root",
    root,
    "--certificate-identity",
    identity,
    "--certificate-oidc-issuer",
    issuer,
  ];
  const signed = (path: string) => authority.sign(readFileSync(path), { identity: IDENTITY, issuer: OIDC });
  return { sandbox, root, trust, signed };
}

describe("a sigstore bundle of the lockfile", () => {
  it("is verified without network, and names identity and issuer [R-SIGN-04]", async () => {
    const { sandbox, trust, signed } = await setUp();
    const signature = `${sandbox.lockfilePath}.sigstore.json`;
    writeFileSync(signature, JSON.stringify(signed(sandbox.lockfilePath)));
    const verified = await sandbox.run(["lock", "verify", ...trust(), "--json"]);
    expect([verified.code, verified.json()], verified.stdout).toMatchObject([
      0,
      { command: "lock verify", signature, identity: IDENTITY, issuer: OIDC, key: expect.stringMatching(/^SHA256:/u) },
    ]);
    expect((await sandbox.run(["lock", "verify", ...trust()])).stdout).toContain(`${IDENTITY} (${OIDC})`);
  });

  it("is refused for another text, identity, issuer or root, and without a log entry [R-SIGN-04]", async () => {
    const { sandbox, root, trust, signed } = await setUp();
    const signature = `${sandbox.lockfilePath}.sigstore.json`;
    const honest = signed(sandbox.lockfilePath);
    const text = readFileSync(sandbox.lockfilePath, "utf8");
    const write = (bundle: unknown) => writeFileSync(signature, JSON.stringify(bundle));
    const reset = () => {
      write(honest);
      writeFileSync(sandbox.lockfilePath, text);
      writeFileSync(root, JSON.stringify(authority.trustedRoot()));
    };
    const refused = async (reason: RegExp, options = trust()) => {
      const result = await sandbox.run(["lock", "verify", ...options, "--json"]);
      expect([result.code, result.json()], result.stdout).toMatchObject([1, INVALID]);
      expect(result.json().error.message).toMatch(reason);
      reset();
    };
    const withEntry = (change: object) => {
      const [entry] = honest.verificationMaterial.tlogEntries;
      const tlogEntries = [{ ...entry, ...change }];
      return { ...honest, verificationMaterial: { ...honest.verificationMaterial, tlogEntries } };
    };
    await refused(/there is no file/u);
    expect((await sandbox.run(["lock", "verify", ...trust()])).code).toBe(0);
    writeFileSync(sandbox.lockfilePath, `${text}\n`);
    await refused(/signature|digest/iu);
    await refused(/signed by/u, trust("https://github.com/acme/skills"));
    await refused(/signed by/u, trust(".*"));
    await refused(/issuer/u, trust(IDENTITY, "https://accounts.example.com"));
    writeFileSync(root, JSON.stringify(startSigstore().trustedRoot()));
    await refused(/./u);
    writeFileSync(
      root,
      JSON.stringify(authority.trustedRoot({ start: new Date("2020-01-01"), end: new Date("2021-01-01") })),
    );
    await refused(/./u);
    write(withEntry({ inclusionProof: undefined }));
    await refused(/not a sigstore bundle/u);
    // The first version of the format allowed it.
    const { certificate } = honest.verificationMaterial;
    const { verificationMaterial: old } = withEntry({ inclusionProof: undefined });
    const { certificate: _own, ...entries } = old;
    write({
      ...honest,
      mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
      verificationMaterial: { ...entries, x509CertificateChain: { certificates: [certificate] } },
    });
    await refused(/no inclusion proof/u);
    // The proof says that the log has the entry, not when: only its promise does.
    write(withEntry({ inclusionPromise: undefined }));
    await refused(/time/iu);
    write(
      withEntry({ integratedTime: String(Number(honest.verificationMaterial.tlogEntries[0]?.integratedTime) + 1) }),
    );
    await refused(/./u);
    write({ ...honest, verificationMaterial: { ...honest.verificationMaterial, tlogEntries: [] } });
    await refused(/./u);
    // An attestation is about what it says, not about this file.
    const { messageSignature: _, ...rest } = honest;
    const payload = Buffer.from(text).toString("base64");
    write({ ...rest, dsseEnvelope: { payload, payloadType: "text/plain", signatures: [{ sig: "AA==", keyid: "" }] } });
    await refused(/attestation/u);
    for (const garbage of ["garbage", "[]", "{}", "null", '{"mediaType":1}']) {
      writeFileSync(signature, garbage);
      await refused(/./u);
      writeFileSync(root, garbage);
      await refused(/./u);
    }
    rmSync(root);
    await refused(/there is no file/u);
  });

  it("needs the options that belong together [R-SIGN-04]", async () => {
    const { sandbox, root, trust } = await setUp();
    for (const args of [
      ["lock", "verify"],
      ["lock", "verify", "--trusted-root", root],
      ["lock", "verify", "--trusted-root", root, "--certificate-identity", IDENTITY],
      ["lock", "verify", "--certificate-identity", IDENTITY],
      ["lock", "verify", ...trust(), "--allowed-signers", root],
      ["apply", ...trust()],
    ])
      expect([args, (await sandbox.run(args)).code]).toEqual([args, 2]);
  });
});

describe("a sigstore bundle of a bundle", () => {
  it("is verified before anything of the archive is read [R-SIGN-04]", async () => {
    const { sandbox, trust, signed } = await setUp();
    const bundle = join(sandbox.root, "skills.tgz");
    expect((await sandbox.run(["warm", "--bundle", bundle])).code).toBe(0);
    const signature = `${bundle}.sigstore.json`;
    writeFileSync(signature, JSON.stringify(signed(bundle)));
    const apply = async () => {
      await removeTree(sandbox.storage);
      await removeTree(join(sandbox.home, ".claude/skills"));
      return await sandbox.run(["apply", "--from-bundle", bundle, ...trust(), "--json"]);
    };
    expect((await apply()).code).toBe(0);
    const honest = readFileSync(bundle);
    writeFileSync(bundle, "no archive");
    const refused = await apply();
    expect([refused.code, refused.json()], refused.stdout).toMatchObject([1, INVALID]);
    const store = join(sandbox.storage, "store");
    expect(existsSync(store) ? readdirSync(store) : []).toEqual([]);
    writeFileSync(bundle, honest);
    expect((await apply()).code).toBe(0);
    // A new bundle has no signature yet.
    expect((await sandbox.run(["warm", "--bundle", bundle])).code).toBe(0);
    expect(existsSync(signature)).toBe(false);
  });
});
