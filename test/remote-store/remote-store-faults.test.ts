import type { ServerResponse } from "node:http";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeFleet, pushAll, type Fleet } from "../helpers/fleet.js";
import { skillText } from "../helpers/manifest-of.js";
import { digestOf, registryAvailable, startRegistry, type OciRegistry } from "../helpers/oci-registry.js";
import { tarball, type Packed } from "../helpers/packed.js";
import { startRegistryProxy, type RegistryProxy } from "../helpers/registry-proxy.js";
import { noise } from "../helpers/seeded.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const codes = ({ diagnostics }: any) => diagnostics.map(({ code }: any) => code);
const origins = ({ skills }: any) => skills.map(({ sync }: any) => sync.from_remote_store ?? false);

/** An answer that begins and never ends. */
const drip = (response: ServerResponse) => {
  const timer = setInterval(() => response.write("x"), 20);
  response.once("close", () => clearInterval(timer));
  response.writeHead(200, { "Content-Type": "application/json" });
  return true;
};

const embedded = (content: Buffer) => ({
  digest: digestOf(content),
  size: content.length,
  data: content.toString("base64"),
});

describe.runIf(registryAvailable())("a store for a fleet that is not what it should be", () => {
  let registry: OciRegistry;
  let proxy: RegistryProxy;
  let next = 0;
  const address = () => `oci://${proxy.host}/faults/skills-${next}`;

  beforeAll(async () => {
    registry = await startRegistry();
    proxy = await startRegistryProxy(registry.host);
  });
  afterAll(async () => {
    await proxy.close();
    await registry.close();
  });
  beforeEach(() => {
    next++;
    Object.assign(proxy, { intercept: null, alter: null, log: [] });
  });

  /** Changes each manifest that the registry sends. */
  const alterManifest = (change: (document: any) => void) => {
    proxy.alter = (path, body) => {
      if (!path.includes("/manifests/")) return body;
      const document = JSON.parse(body.toString("utf8"));
      change(document);
      return Buffer.from(JSON.stringify(document));
    };
  };

  /** A cold run, which must install all from git, and its warnings. */
  const coldRun = async (fleet: Fleet, ...flags: string[]) => {
    await fleet.forget();
    proxy.log.length = 0;
    const report = await fleet.json("apply", "--frozen", ...flags);
    expect(report.exit_code, JSON.stringify(report.skills)).toBe(0);
    for (const id of fleet.ids) expect(fleet.installed(`${id}/SKILL.md`)).toBe(skillText(id));
    return report;
  };

  it("costs a run one wait and one warning when it is down, slow or refuses [R-FLEET-03] [R-FLEET-10]", async () => {
    const fleet = await makeFleet(use, { repositories: 4, remote: address() });
    await pushAll(fleet);
    const faults: Record<string, NonNullable<RegistryProxy["intercept"]>> = {
      hangs: () => true,
      drips: (_, response) => drip(response),
      resets: (request) => request.socket.destroy() !== undefined,
      fails: (_, response) => response.writeHead(500).end() !== undefined,
      throttles: (_, response) => response.writeHead(429, { "Retry-After": "60" }).end() !== undefined,
    };
    fleet.manifest(`remote = "${address()}"\ntimeout = "500ms"`);
    for (const [name, fault] of Object.entries(faults)) {
      proxy.intercept = fault;
      const report = await coldRun(fleet);
      expect([name, codes(report), origins(report)]).toEqual([name, ["STORE_UNREACHABLE"], Array(8).fill(false)]);
      // Those that were under way at once, and none after them.
      expect(proxy.log.length).toBeLessThanOrEqual(8);
      expect(report.elapsed_ms).toBeLessThan(5_000);
    }
    fleet.manifest('remote = "oci://127.0.0.1:9/none"');
    expect(codes(await coldRun(fleet))).toEqual(["STORE_UNREACHABLE"]);
  });

  it("may stop half-way, and all skills are installed [R-FLEET-03] [R-FLEET-12]", async () => {
    const fleet = await makeFleet(use, { repositories: 4, remote: address() });
    await pushAll(fleet);
    let answered = 0;
    proxy.intercept = (request) => answered++ >= 4 && request.socket.destroy() !== undefined;
    const report = await coldRun(fleet, "--concurrency", "1");
    expect(codes(report)).toEqual(["STORE_UNREACHABLE"]);
    expect(origins(report).filter(Boolean)).toHaveLength(4);
  });

  it("is ignored with one warning where bytes do not match [R-FLEET-02] [R-FLEET-04] [R-FLEET-10] [R-THREAT-71]", async () => {
    const fleet = await makeFleet(use, { repositories: 1, remote: address() });
    await pushAll(fleet);
    const [first = ""] = fleet.ids;
    const good = { path: "SKILL.md", content: skillText(first) };
    const layer = (entries: Packed[]) => (document: any) =>
      Object.assign(document.layers[0], embedded(tarball(entries)));
    const config = (change: (config: any) => void) => (document: any) => {
      const own = JSON.parse(Buffer.from(document.config.data, "base64").toString("utf8"));
      change(own);
      Object.assign(document.config, embedded(Buffer.from(JSON.stringify(own))));
    };
    const faults: Record<string, (document: any) => void> = {
      "another content": layer([{ ...good, content: `${good.content}more` }]),
      "a further file": layer([good, { path: "more.txt", content: "more" }]),
      "two of one path": layer([{ ...good, content: "other" }, good]),
      "a file below a file": layer([{ path: "SKILL.md/x", content: "x" }, good]),
      "a path that leads out": layer([good, { path: "../../../x", content: "x" }]),
      "an absolute path": layer([good, { path: "/tmp/x", content: "x" }]),
      "a link that leads out": layer([good, { path: "x", type: "SymbolicLink", linkpath: "../../../.." }]),
      "a hard link": layer([good, { path: "x", type: "Link", linkpath: "/etc/passwd" }]),
      "a device": layer([good, { path: "x", type: "CharacterDevice" }]),
      "no tar": (document) => Object.assign(document.layers[0], embedded(Buffer.from("no tar"))),
      "other embedded bytes": (document) => void (document.layers[0].data = "AAAA"),
      "a size beyond all limits": (document) => void Object.assign(document.layers[0], { size: 1e12, data: undefined }),
      "no proof": config(({ origins: [origin] }) => void (origin.objects = [])),
      "a proof of another commit": config(({ origins: [origin] }) => {
        const text = Buffer.from(origin.objects[0], "base64").toString("latin1");
        origin.objects[0] = Buffer.from(text.replace("author", "Author"), "latin1").toString("base64");
      }),
      "the integrity of another content": config((own) => void (own.integrity = "sha256-x")),
      "another kind of document": (document) => void (document.artifactType = "application/other"),
      "no document": (document) => Object.keys(document).forEach((key) => delete document[key]),
    };
    for (const [name, fault] of Object.entries(faults)) {
      alterManifest(fault);
      const report = await coldRun(fleet);
      expect([name, codes(report), origins(report)]).toEqual([name, ["STORE_MISMATCH"], [false, false]]);
    }
    // A place that the entry does not name is no fault.
    alterManifest(config(({ origins: [origin] }) => void (origin.repository = "https://elsewhere/x")));
    expect(codes(await coldRun(fleet))).toEqual([]);
  });

  it("is not asked any more after three wrong entries, and warm --push replaces them [R-FLEET-04] [R-FLEET-05]", async () => {
    const fleet = await makeFleet(use, { repositories: 4, remote: address() });
    await pushAll(fleet);
    alterManifest((document) => void (document.layers[0].data = "AAAA"));
    await coldRun(fleet, "--concurrency", "1");
    expect(proxy.log.length).toBeLessThan(8);
    const lock = readFileSync(fleet.sandbox.lockfilePath, "utf8");
    const [, integrity = ""] = /integrity = "sha256-([^"]+)"/u.exec(lock) ?? [];
    const tag = `sha256-${Buffer.from(integrity, "base64").toString("hex")}`;
    proxy.alter = null;
    await registry.push(`faults/skills-${next}`, tag, [{ mediaType: "text/plain", content: Buffer.from("wrong") }]);
    expect(codes(await coldRun(fleet))).toEqual(["STORE_MISMATCH"]);
    expect(await fleet.json("warm", "--push")).toMatchObject({ summary: { push: { pushed: 1, present: 7 } } });
    expect(origins(await coldRun(fleet))).toEqual(Array(8).fill(true));
  });

  it("sends larger contents as they are, or they are ignored [R-FLEET-02] [R-FLEET-04] [R-FLEET-08]", async () => {
    const files = { "large.bin": noise("large", 200_000) };
    const fleet = await makeFleet(use, { repositories: 1, files, remote: address() });
    await pushAll(fleet);
    const whole = await coldRun(fleet);
    expect([codes(whole), origins(whole)]).toEqual([[], [true, true]]);
    expect(proxy.log.filter((line) => line.includes("/blobs/"))).toHaveLength(2);
    proxy.alter = (path, body) =>
      path.includes("/blobs/") ? Buffer.concat([body.subarray(1), Buffer.from("x")]) : body;
    expect(codes(await coldRun(fleet))).toEqual(["STORE_MISMATCH"]);
    proxy.alter = (path, body) => (path.includes("/blobs/") ? Buffer.concat([body, body]) : body);
    expect(codes(await coldRun(fleet))).toEqual(["STORE_MISMATCH"]);
    proxy.alter = null;
    for (const to of ["http://example.invalid/x", "https://127.0.0.1:1/x", "https://10.0.0.1/x"]) {
      proxy.intercept = ({ url }, response) =>
        url?.includes("/blobs/") === true && response.writeHead(307, { Location: to }).end() !== undefined;
      expect(codes(await coldRun(fleet))).toEqual(["STORE_MISMATCH"]);
    }
  });

  it("cannot pair a locked commit with another content that it has [R-FLEET-02] [R-THREAT-71]", async () => {
    const fleet = await makeFleet(use, { repositories: 1, remote: address() });
    await pushAll(fleet);
    const lock = readFileSync(fleet.sandbox.lockfilePath, "utf8");
    const [one = "", two = ""] = lock.match(/tree = "[0-9a-f]+"\nintegrity = "[^"]+"/gu) ?? [];
    expect(one).not.toBe(two);
    writeFileSync(fleet.sandbox.lockfilePath, lock.replace(one, two));
    const report = await fleet.json("apply", "--frozen");
    expect(report.exit_code).toBe(1);
    expect(report.skills.map(codes)).toEqual([["INTEGRITY_MISMATCH"], []]);
  });
});
