import type { Git } from "../../src/git/git.js";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { askDirectly } from "../../src/git/ask-directly.js";
import { OwnerSettings } from "../../src/git/owner-settings.js";
import { createRepository, type Repository } from "../helpers/git-repository.js";
import { CERTIFICATE, startHttpRemote, type HttpRemote } from "../helpers/http-remote.js";
import { startProxy } from "../helpers/proxy.js";
import { sourceOf, unhurried } from "./git-world.js";

let root: string;
let http: HttpRemote;
let repository: Repository;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "eden-ask-"));
  repository = await createRepository(join(root, "srv/r.git"), { files: { a: "1" } });
  await repository.git(["tag", "-a", "v1", "-m", "one"]);
  await createRepository(join(root, "srv/wide.git"), { files: { a: "1" }, objectFormat: "sha256" });
  http = await startHttpRemote({ root: join(root, "srv") });
});
afterAll(async () => {
  await http.close();
  rmSync(root, { recursive: true });
});

/** What is asked with: some variables, and lines of `git config --list`. */
const gitOf = (env: Record<string, string> = {}, lines: readonly string[] = []): Pick<Git, "host" | "owner"> => ({
  host: { env, home: join(root, "home"), cwd: root },
  owner: OwnerSettings.parse(lines.map((line) => `${line}\0`).join("")),
});
const ask = async (url: string, names: string[], git = gitOf()) =>
  await askDirectly({ source: sourceOf(url), git: git, ...unhurried() }, names);

describe("askDirectly [R-GIT-15]", () => {
  it("answers with one request: the default branch, and the commit behind a tag", async () => {
    const before = http.traffic.log.length;
    const main = await repository.revParse("main");
    const answer = await ask(http.urlOf("r.git"), ["HEAD", "refs/tags/v1", "refs/heads/absent"]);
    expect(Object.fromEntries(answer ?? [])).toEqual({
      HEAD: main,
      "refs/tags/v1": await repository.revParse("refs/tags/v1"),
      "refs/tags/v1^{}": main,
    });
    expect(http.traffic.log.length - before).toBe(1);
  });

  it("keeps its connection for the next question", async () => {
    const sockets = new Set<unknown>();
    const server = createServer((request, response) => {
      sockets.add(request.socket);
      response.writeHead(200, { "Content-Type": "application/x-git-upload-pack-result" }).end("0000");
    });
    const url = await listen(server);
    for (let n = 0; n < 5; n++) expect((await ask(url, ["HEAD"]))?.size).toBe(0);
    expect(sockets.size).toBe(1);
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ["a repository that is not there", () => http.urlOf("absent.git")],
    ["another object format", () => http.urlOf("wide.git")],
    ["ssh", () => "ssh://git@127.0.0.1:1/r.git"],
    ["http on another machine", () => "http://192.0.2.1/r.git"],
    ["a closed port", () => "http://127.0.0.1:1/r.git"],
    ["a user in the address", () => http.urlOf("r.git").replace("//", "//somebody@")],
  ])("leaves %s to git", async (_, url) => {
    expect(await ask(url(), ["HEAD"])).toBeNull();
  });

  it.each([
    ["http_proxy", "http://127.0.0.1:1"],
    ["ALL_PROXY", "socks5://proxy:1"],
    ["GIT_PROXY_SSL_CAINFO", "/etc/ca.pem"],
    ["SSL_CERT_DIR", "/etc/certs"],
    ["GIT_SSL_CAPATH", "/etc/ca"],
    ["NIX_SSL_CERT_FILE", "/etc/ca.pem"],
    ["CURL_CA_BUNDLE", "/etc/ca.pem"],
    ["GIT_HTTP_USER_AGENT", "mine"],
  ])("leaves everything to git when %s is set", async (name, value) => {
    expect(await ask(http.urlOf("r.git"), ["HEAD"], gitOf({ [name]: value }))).toBeNull();
    expect(await ask(http.urlOf("r.git"), ["HEAD"], gitOf({ [name]: "" }))).not.toBeNull();
  });

  it.each([
    "url.https://mirror/.insteadof\nhttp://127.",
    "http.proxy\nhttp://127.0.0.1:1",
    "http.proxyauthmethod\nntlm",
    "http.sslverify",
    "http.http://127.0.0.1:PORT.extraheader\nAuthorization: x",
    "http.http://*.0.0.1:PORT/r.git.cookiefile\n/c",
    "includeif.hasconfig:remote.*.url:http://**.path\nx",
    "protocol.version\n0",
    "protocol.allow\nnever",
  ])("leaves everything to git when the owner's configuration has %j", async (line) => {
    expect(
      await ask(
        http.urlOf("r.git"),
        ["HEAD"],
        gitOf({}, ["user.name\nme", line.replace("PORT", new URL(http.url).port)]),
      ),
    ).toBeNull();
  });

  it.each([
    "url.https://mirror/.insteadof\nhttps://elsewhere/",
    "http.https://elsewhere.test/.extraheader\nx",
    "http.http://127.0.0.1.extraheader\nof another port",
    "protocol.ext.allow\nnever",
    "credential.helper\ncache",
    "core.sshcommand\nssh -v",
  ])("asks itself when the owner's configuration has %j, which is about something else", async (line) => {
    expect(await ask(http.urlOf("r.git"), ["HEAD"], gitOf({}, [line]))).not.toBeNull();
  });

  it("goes through a proxy, of the environment or of git's configuration, with its credentials", async () => {
    const proxy = await startProxy({ signIn: "me:secret" });
    onTestFinished(proxy.close);
    const address = proxy.url.replace("//", "//me:secret@");
    const url = http.urlOf("r.git");
    for (const git of [
      gitOf({ http_proxy: address }),
      gitOf({ ALL_PROXY: address }),
      gitOf({}, [`http.proxy\n${address}`]),
    ])
      expect((await ask(url, ["HEAD"], git))?.size).toBe(1);
    expect(proxy.asked).toEqual(Array(3).fill(`POST ${url}/git-upload-pack`));
    expect((await ask(url, ["HEAD"], gitOf({ http_proxy: proxy.url, NO_PROXY: "127.0.0.0/8" })))?.size).toBe(1);
    expect(proxy.asked).toHaveLength(3);
  });

  it.each(["http", "https"])(
    "makes a tunnel in an %s proxy, and trusts the authority that the owner names in it",
    async (scheme) => {
      const read = (file: string) => readFileSync(join(dirname(CERTIFICATE), file), "utf8");
      const server = await startHttpRemote({ root: join(root, "srv"), tls: true });
      const proxy = await startProxy({
        hosts: { "skills.test": Number(new URL(server.url).port) },
        ...(scheme === "https" && { tls: { key: read("key.pem"), cert: read("certificate.pem") } }),
      });
      onTestFinished(async () => {
        await proxy.close();
        await server.close();
      });
      const HTTPS_PROXY = proxy.url;
      const home = join(root, "home");
      mkdirSync(home, { recursive: true });
      copyFileSync(CERTIFICATE, join(home, "ca.pem"));
      const owners = [
        gitOf({ HTTPS_PROXY, GIT_SSL_CAINFO: CERTIFICATE }),
        gitOf({ HTTPS_PROXY, SSL_CERT_FILE: CERTIFICATE, NODE_EXTRA_CA_CERTS: CERTIFICATE }),
        gitOf({ HTTPS_PROXY }, ["http.sslcainfo\n~/ca.pem"]),
      ];
      for (const git of owners) expect((await ask("https://skills.test/r.git", ["HEAD"], git))?.size).toBe(1);
      const untrusted = [gitOf({ HTTPS_PROXY }), gitOf({ HTTPS_PROXY, GIT_SSL_CAINFO: "/absent" })];
      for (const git of untrusted) expect(await ask("https://skills.test/r.git", ["HEAD"], git)).toBeNull();
      expect(new Set(proxy.asked)).toEqual(new Set(["CONNECT skills.test:443"]));
      expect((await ask(server.urlOf("r.git"), ["HEAD"], gitOf({ GIT_SSL_CAINFO: CERTIFICATE })))?.size).toBe(1);
    },
  );

  it("leaves it to git when the proxy refuses, wants a sign-in, or is silent", async () => {
    for (const options of [{ refusal: 403 }, { signIn: "a:b" }, { isSilent: true }]) {
      const proxy = await startProxy(options);
      const git = gitOf({ ALL_PROXY: proxy.url });
      for (const url of ["https://skills.test/r.git", ...("refusal" in options ? [] : [http.urlOf("r.git")])])
        expect(await askDirectly({ source: sourceOf(url), git, ...unhurried(), stallMs: 200 }, ["HEAD"])).toBeNull();
      await proxy.close();
    }
  });

  it.each([
    ["a redirect", 302, "0000"],
    ["a page", 200, "<html>"],
    ["half an answer", 200, "003d"],
    ["an error of the old protocol", 200, "0010ERR refused0000"],
    ["more after the end", 200, "0000rest"],
    ["an endless answer", 200, "x".repeat(5_000_000)],
  ])("takes %s for no answer", async (_, status, body) => {
    const server = createServer((_request, response) => {
      response
        .writeHead(status, { "Content-Type": "application/x-git-upload-pack-result", Location: "http://127.0.0.1:1/" })
        .end(body);
    });
    const url = await listen(server);
    expect(await ask(url, ["HEAD"])).toBeNull();
    server.closeAllConnections();
    server.close();
  });

  it("ends with the signal's reason, and when the server is silent", async () => {
    const server = createServer(() => {});
    const url = await listen(server);
    const reason = new Error("enough");
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 20);
    const options = { signal: controller.signal, stallMs: 20_000 };
    await expect(askDirectly({ source: sourceOf(url), git: gitOf(), ...options }, ["HEAD"])).rejects.toBe(reason);
    expect(
      await askDirectly({ source: sourceOf(url), git: gitOf(), ...unhurried(), stallMs: 50 }, ["HEAD"]),
    ).toBeNull();
    server.closeAllConnections();
    server.close();
  });
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/r.git`;
}
