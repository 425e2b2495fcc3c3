import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { CERTIFICATE } from "../helpers/http-remote.js";
import { skillText } from "../helpers/manifest-of.js";
import { startProxy, type Proxy, type ProxyOptions } from "../helpers/proxy.js";
import type { Page } from "../helpers/site.js";
import { AGENT, artifact, listed } from "../helpers/site-index.js";
import { NOTHING, useSite } from "../helpers/site-world.js";

const { setUp } = useSite();
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function proxyOf(options?: ProxyOptions): Promise<Proxy> {
  const proxy = await startProxy(options);
  open.push(proxy);
  return proxy;
}

const PDF = listed({ pdf: { "SKILL.md": skillText("pdf") } });

/** The port of a server whose certificate for `skills.test` comes from an authority that is unknown here. */
async function secureSite(pages: Record<string, Page>): Promise<number> {
  const [key, cert] = [join(dirname(CERTIFICATE), "key.pem"), CERTIFICATE].map((file) => readFileSync(file, "utf8"));
  const server = createTlsServer({ key, cert }, (request, response) => {
    const page = pages[request.url ?? ""];
    response.writeHead(page === undefined ? 404 : 200).end(page);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  open.push({ close: () => server.closeAllConnections() ?? server.close() });
  return (server.address() as AddressInfo).port;
}

describe("a site behind a proxy [R-SYSTEM-14]", () => {
  it("over https is asked in a tunnel, by the authority that the owner names", async () => {
    const { sandbox, installed } = await setUp({});
    const proxy = await proxyOf({ hosts: { "skills.test": await secureSite(PDF as Record<string, string>) } });
    const install = async (env: Record<string, string>) =>
      (await sandbox.run(["install", "https://skills.test", "--force", "--json"], { env })).json();
    const HTTPS_PROXY = proxy.url;
    for (const name of ["GIT_SSL_CAINFO", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"])
      expect(await install({ HTTPS_PROXY, [name]: CERTIFICATE }), name).toMatchObject({ installed: ["pdf"] });
    expect(installed("pdf/SKILL.md")).toBe(skillText("pdf"));
    expect(new Set(proxy.asked)).toEqual(new Set(["CONNECT skills.test:443"]));
    writeFileSync(join(sandbox.home, ".gitconfig"), `[http]\n\tproxy = ${proxy.url}\n\tsslCAInfo = ${CERTIFICATE}\n`);
    expect(await install({})).toMatchObject({ installed: ["pdf"] });
    expect((await install({ GIT_CONFIG_GLOBAL: "/dev/null", HTTPS_PROXY })).error).toMatchObject({
      code: "FETCH_NETWORK",
      message: expect.stringMatching(/certificate is not accepted/u),
    });
  });

  it("over http is asked by its whole address, and past the proxy where NO_PROXY says so", async () => {
    const { sandbox, site } = await setUp(PDF);
    const proxy = await proxyOf();
    const run = async (env: Record<string, string>) =>
      (await sandbox.run(["install", site.url, "--force", "--json"], { env })).json();
    expect(await run({ http_proxy: proxy.url })).toMatchObject({ installed: ["pdf"] });
    expect(proxy.asked[0]).toBe(`GET ${site.url}${AGENT}/index.json`);
    const count = proxy.asked.length;
    expect(await run({ http_proxy: proxy.url, NO_PROXY: "127.0.0.0/8" })).toMatchObject({ installed: ["pdf"] });
    expect(proxy.asked).toHaveLength(count);
  });

  it("names the proxy when that wants a sign-in, refuses, is down, silent, or none; its password nowhere", async () => {
    const { sandbox, site, left } = await setUp(PDF);
    const errorFor = async (address: string, url: string) => {
      const env = { ALL_PROXY: address.includes("@") ? address : address.replace("//", "//me:hunter2@") };
      const { code, stdout, stderr } = await sandbox.run(["install", url, "--json", "--retries", "0", "--verbose"], {
        env: { ...env, DEBUG: "*", NODE_DEBUG: "" },
      });
      expect(`${stdout}${stderr}`).not.toMatch(/hunter2|bWU6aHVudGVyMg/u);
      return { exit: code, ...JSON.parse(stdout).error };
    };
    const signIn = (await proxyOf({ signIn: "you:other" })).url;
    for (const url of [site.url, "https://skills.test"])
      expect(await errorFor(signIn, url)).toMatchObject({
        exit: 1,
        code: "FETCH_AUTH",
        message: expect.stringContaining(`the proxy ${signIn} answered 407: the proxy needs authentication`),
        hint: expect.stringContaining("user and password"),
      });
    const closed = (await proxyOf({ refusal: 403 })).url;
    expect(await errorFor(closed, "https://skills.test")).toMatchObject({
      code: "FETCH_NETWORK",
      message: expect.stringContaining(`the proxy ${closed} answered 403: forbidden`),
    });
    const down = "http://127.0.0.1:1";
    for (const url of [site.url, "https://skills.test"])
      expect((await errorFor(down, url)).message).toContain(
        `the proxy ${down}: connection refused by 127.0.0.1 port 1`,
      );
    expect((await errorFor("socks5://127.0.0.1:1", "https://skills.test")).message).toContain(
      "only http and https proxies are supported",
    );
    for (const bad of [
      "http://me:hunter2@proxy:port",
      "http://me:12/hunter2@proxy",
      "http://me:hunter2/x@proxy.invalid",
    ])
      expect((await errorFor(bad, "https://skills.test")).message).toContain(
        "the proxy of this machine: its address is not valid",
      );
    expect((await errorFor("http://me:hunter2/x@proxy", "https://skills.test/r.git")).message).toContain(
      "the address of the proxy is not valid",
    );
    expect(left()).toEqual(NOTHING);
  });

  it("ends when the proxy never answers", async () => {
    const { sandbox, left, manifest } = await setUp({});
    const { url } = await proxyOf({ isSilent: true });
    mkdirSync(dirname(manifest), { recursive: true });
    writeFileSync(manifest, `version = 1\n[reactor]\nstall_timeout = "1s"\n`);
    const args = ["install", "https://skills.test", "--json", "--retries", "0"];
    const { stdout } = await sandbox.run(args, { env: { HTTPS_PROXY: url }, timeoutMs: 20_000 });
    expect(JSON.parse(stdout).error.message).toContain(`the proxy ${url}: no answer for 1000 ms`);
    expect(left()[0]).toBe(false);
  });

  it("is not a way to addresses that the rule of public addresses forbids [R-SOURCE-11]", async () => {
    const { sandbox } = await setUp({});
    for (const address of ["https://127.0.0.1/x", "https://localhost/x", "https://[fd00::1]/x"]) {
      const port = await secureSite(artifact("a", "a.md", "x", { url: address }) as Record<string, string>);
      const proxy = await proxyOf({ hosts: { "skills.test": port } });
      const env = { HTTPS_PROXY: proxy.url, SSL_CERT_FILE: CERTIFICATE };
      const run = await sandbox.run(["install", "https://skills.test", "--json"], { env });
      expect(run.json().error, address).toMatchObject({ code: "SITE_INVALID" });
      expect(new Set(proxy.asked)).toEqual(new Set(["CONNECT skills.test:443"]));
    }
  });
});
