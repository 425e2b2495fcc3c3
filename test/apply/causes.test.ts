import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { manifestOf } from "../helpers/manifest-of.js";
import { packet, startOddHttp, startOddTcp, type OddServer, type Reply } from "../helpers/odd-server.js";
import { useSandbox } from "../helpers/with-sandbox.js";

const use = useSandbox();

const ADVERTISEMENT = "application/x-git-upload-pack-advertisement";
const RESULT = "application/x-git-upload-pack-result";
const VERSION_2 = ["version 2\n", "agent=git/odd\n", "ls-refs=unborn\n", "fetch=shallow filter\n"].map(packet);
const SERVICE = Buffer.concat([...VERSION_2, Buffer.from("0000")]);
const REFS = Buffer.concat([
  packet(`${"1".repeat(40)} HEAD symref-target:refs/heads/main\n`),
  packet(`${"1".repeat(40)} refs/heads/main\n`),
  Buffer.from("0000"),
]);

const html =
  (text: string, status = 200): Reply =>
  (_, response) =>
    void response.writeHead(status, { "content-type": "text/html; charset=utf-8" }).end(text);
const status =
  (code: number, headers = {}, body = `${code}\n`): Reply =>
  (_, response) =>
    void response.writeHead(code, { "content-type": "text/plain", ...headers }).end(body);
/** A server of protocol 2 that answers the question for refs, or the one for objects, in its own way. */
const speaking =
  (refs: Buffer, objects: Buffer = packet("ERR never asked")): Reply =>
  (request, response, body) => {
    const isFirst = request.method === "GET";
    response.writeHead(200, { "content-type": isFirst ? ADVERTISEMENT : RESULT });
    response.end(isFirst ? SERVICE : body.includes("ls-refs") ? refs : objects);
  };
const saying =
  (text: string): Reply =>
  (request, response) =>
    void response
      .writeHead(200, { "content-type": request.method === "GET" ? ADVERTISEMENT : RESULT })
      .end(packet(`ERR ${text}`));

/** Name of the repository: how its server answers, the code, words of the message, words of the hint. */
const HTTP: Record<string, [Reply, string, RegExp, RegExp?]> = {
  "status-400": [status(400), "FETCH_NETWORK", /answered 400: bad request.*tried once/u],
  "status-401": [
    status(401, { "www-authenticate": 'Basic realm="x"' }),
    "FETCH_AUTH",
    /sign-in needed, or it does not exist/u,
    /spelling/u,
  ],
  "status-402": [status(402), "FETCH_NETWORK", /answered 402: payment required.*tried once/u],
  "status-403": [
    status(403, {}, "Your address is not allowed.\nAsk the admin\u001b[31m.\n"),
    "FETCH_AUTH",
    /answered 403: forbidden.*Your address is not allowed\. Ask the admin/u,
  ],
  "status-404": [status(404), "FETCH_NOT_FOUND", /is absent or private/u, /spelling/u],
  "status-405": [status(405), "FETCH_NETWORK", /answered 405: method not allowed.*tried once/u],
  "status-408": [status(408), "FETCH_NETWORK", /answered 408: request timeout.*tried 2 times/u],
  "status-410": [status(410), "FETCH_NOT_FOUND", /answered 410: gone/u],
  "status-429": [
    status(429, { "retry-after": "7200" }),
    "FETCH_THROTTLED",
    /429: too many requests; it asks for a wait of 2 h/u,
    /5 min/u,
  ],
  "status-451": [status(451), "FETCH_NETWORK", /answered 451: unavailable for legal reasons.*tried once/u],
  "status-500": [status(500), "FETCH_NETWORK", /answered 500: internal server error.*tried 2 times/u],
  "status-503": [status(503), "FETCH_NETWORK", /answered 503: service unavailable.*tried 2 times/u],
  reset: [(request) => request.socket.resetAndDestroy(), "FETCH_NETWORK", /connection reset.*tried 2 times/u],
  silent: [(request) => request.socket.end(), "FETCH_NETWORK", /closed without an answer/u],
  denied: [saying("access denied or repository not exported: /x.git"), "FETCH_NOT_FOUND", /access denied or repo/u],
  suspended: [saying("You are not allowed to read\u001b[2J this"), "FETCH_AUTH", /not allowed to read.*this/u],
  billing: [saying("Repository disabled: billing"), "FETCH_NETWORK", /says: Repository disabled: billing/u],
  "late-error": [
    speaking(REFS, packet("ERR upload-pack: over quota\n")),
    "FETCH_NETWORK",
    /says: upload-pack: over quota/u,
  ],
  band: [
    speaking(REFS, Buffer.concat([packet("packfile\n"), packet("\u0003the pack server exploded\n")])),
    "FETCH_NETWORK",
    /the pack server exploded/u,
  ],
  portal: [html("<html>Welcome to the hotel</html>"), "FETCH_NOT_FOUND", /web page/u, /captive portal/u],
  "long-portal": [html("<html>\n<body>\nWelcome\n</body>\n</html>\n"), "FETCH_NOT_FOUND", /web page/u],
  "sign-in": [
    (request, response) =>
      request.url?.startsWith("/login")
        ? html("<html>sign in</html>")(request, response, "")
        : void response.writeHead(302, { location: "/login?back=1" }).end(),
    "FETCH_AUTH",
    /redirects to http:\/\/127\.0\.0\.1:\d+\/login\?back=1/u,
    /[Ss]ign/u,
  ],
  "html-in-post": [
    (request, response, body) =>
      request.method === "GET"
        ? speaking(REFS)(request, response, body)
        : html("<html>who are you?")(request, response, ""),
    "FETCH_NOT_FOUND",
    /web page/u,
  ],
  garbage: [
    (_, response) => void response.writeHead(200, { "content-type": ADVERTISEMENT }).end("zzzz"),
    "FETCH_NETWORK",
    /no git server|not as a git server/u,
  ],
  "no-content": [status(204, {}, ""), "FETCH_NOT_FOUND", /no git repository/u],
  json: [
    (_, response) => void response.writeHead(200, { "content-type": "application/json" }).end('{"a":1}'),
    "FETCH_NOT_FOUND",
    /application\/json/u,
  ],
};

let http: OddServer;
let daemons: Record<string, OddServer>;
beforeAll(async () => {
  http = await startOddHttp((request, response, body) => {
    const name = /^\/([a-z0-9-]+)\.git\//u.exec(request.url ?? "")?.[1] ?? "sign-in";
    HTTP[name]?.[0](request, response, body);
  });
  daemons = {
    gone: await startOddTcp((socket) => socket.end(packet("ERR access denied or repository not exported: /x.git"))),
    upkeep: await startOddTcp((socket) => socket.end(packet("ERR Sorry\u001b[31m, maintenance until noon"))),
    web: await startOddTcp((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    mute: await startOddTcp((socket) => socket.end()),
  };
});
afterAll(async () => {
  await http.close();
  for (const daemon of Object.values(daemons)) await daemon.close();
});

/** The first diagnostic of each skill, from one run over all of these addresses. */
async function diagnosticsOf(addresses: Record<string, string>, env: Record<string, string> = {}) {
  const sandbox = use.sandbox();
  const specs = Object.entries(addresses).map(([id, repo]) => ({ id, repo }));
  sandbox.writeManifest(manifestOf(specs));
  const result = await sandbox.run(["apply", "--json", "--retries", "1", "--concurrency", "20"], { env });
  const { skills } = result.json();
  const text = await sandbox.run(["apply", "--retries", "0", "--concurrency", "20"], { env });
  return {
    text: text.stdout,
    found: new Map<string, any>(skills.map((skill: any) => [skill.id, skill.diagnostics[0]])),
  };
}

describe("causes are reported in their own words", () => {
  it("over http: statuses, refusals, pages, garbage [R-GIT-16] [R-GIT-17]", async () => {
    const names = Object.keys(HTTP);
    const { found, text } = await diagnosticsOf(
      Object.fromEntries(names.map((name) => [name, `http://127.0.0.1:${http.port}/${name}.git`])),
    );
    for (const name of names) {
      const [, code, message, hint] = HTTP[name] ?? expect.unreachable();
      const reported = found.get(name);
      expect.soft(reported, name).toMatchObject({ code, message: expect.stringMatching(message) });
      if (hint !== undefined) expect.soft(reported.hint, name).toMatch(hint);
      expect.soft(reported.message, name).not.toMatch(/unable to access|git ended/u);
      // eslint-disable-next-line no-control-regex
      expect.soft(reported.message, name).not.toMatch(/[\u0000-\u001f\u007f]/u);
    }
    expect(text).toMatch(/^x billing failed {2}FETCH_NETWORK\n.*says: Repository disabled: billing/mu);
    expect(text).not.toContain("INTERNAL");
  });

  it("over git:// and ssh, and without any server [R-GIT-16] [R-GIT-17] [R-FAULT-22]", async () => {
    const bin = join(use.sandbox().root, "bin");
    mkdirSync(bin);
    const lines: Record<string, string> = {
      "ssh-err": `printf '%s' '${packet("ERR quota of the owner is used up").toString()}'`,
      "ssh-absent": "echo 'ERROR: Repository not found.' >&2",
      "ssh-project":
        "printf 'remote: \\nremote: =====\\nremote: ERROR: The project could not be found or you do not have permission to view it.\\n' >&2",
      "ssh-greeting": "echo 'This account is currently not available.'",
      "ssh-suspended": "echo 'Your account is on hold' >&2",
      "ssh-silent": ":",
      "ssh-no-git": "echo 'bash: line 1: git-upload-pack: command not found' >&2; exit 127",
    };
    const cases = Object.entries(lines).map(([name, line]) => `*${name}.git*) ${line};;`);
    writeFileSync(join(bin, "ssh"), `#!/bin/sh\ncase "$*" in\n${cases.join("\n")}\nesac\nexit 1\n`, { mode: 0o755 });
    const { found, text } = await diagnosticsOf(
      {
        ...Object.fromEntries(
          Object.entries(daemons).map(([name, { port }]) => [name, `git://127.0.0.1:${port}/x.git`]),
        ),
        ...Object.fromEntries(Object.keys(lines).map((name) => [name, `ssh://git@skills.invalid/${name}.git`])),
        "git-refused": "git://127.0.0.1:1/x.git",
        refused: "http://127.0.0.1:1/x.git",
        unknown: "https://skills.invalid/x.git",
      },
      { PATH: `${bin}:${process.env["PATH"] ?? ""}` },
    );
    const expected: Record<string, [string, RegExp]> = {
      gone: ["FETCH_NOT_FOUND", /access denied or repository not exported/u],
      upkeep: ["FETCH_NETWORK", /says: Sorry.*maintenance until noon.*tried 2 times/u],
      web: ["FETCH_NETWORK", /not as a git server/u],
      mute: ["FETCH_NETWORK", /closed without an answer/u],
      "ssh-err": ["FETCH_NETWORK", /says: quota of the owner is used up/u],
      "ssh-absent": ["FETCH_NOT_FOUND", /Repository not found/u],
      "ssh-project": ["FETCH_NOT_FOUND", /The project could not be found/u],
      "ssh-greeting": ["FETCH_NETWORK", /not as a git server/u],
      "ssh-suspended": ["FETCH_NETWORK", /Your account is on hold/u],
      "ssh-silent": ["FETCH_NETWORK", /closed without an answer/u],
      "ssh-no-git": ["FETCH_NETWORK", /git-upload-pack: command not found/u],
      "git-refused": ["FETCH_NETWORK", /connection refused.*tried 2 times/u],
      refused: ["FETCH_NETWORK", /connection refused by 127\.0\.0\.1 port 1.*tried 2 times/u],
      unknown: ["FETCH_NETWORK", /unknown host name skills\.invalid.*tried 2 times/u],
    };
    for (const [name, [code, message]] of Object.entries(expected))
      expect.soft(found.get(name), name).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(text).not.toContain("INTERNAL");
  });

  it("over TLS: expired, self-signed, from an unknown authority, for another host [R-GIT-16]", async () => {
    const { root } = use.sandbox();
    const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: root, stdio: "pipe" });
    const ca = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "9"];
    openssl("req", ...ca, "-subj", "/CN=Lab Authority", "-keyout", "ca.key", "-out", "ca.pem");
    const issue = (name: string, host: string, days: string) => {
      const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", `${name}.key`];
      openssl("req", ...key, "-subj", `/CN=${host}`, "-out", `${name}.csr`);
      writeFileSync(join(root, "san"), `subjectAltName=DNS:${host}`);
      const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "san", "-days", days];
      openssl("x509", "-req", "-in", `${name}.csr`, ...by, "-out", `${name}.pem`);
    };
    issue("expired", "localhost", "-1");
    issue("other", "other.invalid", "9");
    issue("unknown", "localhost", "9");
    openssl("req", ...ca, "-subj", "/CN=localhost", "-keyout", "self.key", "-out", "self.pem");
    const read = (file: string) => readFileSync(join(root, file), "utf8");
    const addresses: Record<string, string> = {};
    const servers: OddServer[] = [];
    for (const name of ["expired", "other", "unknown", "self"]) {
      const server = await startOddHttp(status(404), { key: read(`${name}.key`), cert: read(`${name}.pem`) });
      servers.push(server);
      addresses[name] = `https://localhost:${server.port}/x.git`;
    }
    const { unknown = "", ...others } = addresses;
    try {
      const { found } = await diagnosticsOf(others, { GIT_SSL_CAINFO: join(root, "ca.pem") });
      const words = ["expired", "other", "self"].map((name) => [found.get(name).code, found.get(name).message]);
      expect(words).toEqual([
        ["FETCH_NETWORK", expect.stringMatching(/certificate.*expired.*\(tried 2 times\)$/u)],
        ["FETCH_NETWORK", expect.stringMatching(/certificate is for another host/u)],
        ["FETCH_NETWORK", expect.stringMatching(/certificate.*self-signed/u)],
      ]);
      expect((await diagnosticsOf({ unknown })).found.get("unknown")).toMatchObject({
        code: "FETCH_NETWORK",
        message: expect.stringMatching(
          /certificate.*(?:authority is unknown here: Lab Authority|unable to get local issuer)/u,
        ),
        hint: expect.stringMatching(/certificates/u),
      });
    } finally {
      for (const server of servers) await server.close();
    }
  });

  it("through a proxy: refused, unknown, wanting a sign-in, broken [R-GIT-16]", async () => {
    const proxy = createServer((_, response) => void response.writeHead(407).end());
    proxy.on("connect", (request, socket) =>
      socket.end(`HTTP/1.1 ${request.url?.startsWith("broken") ? "503 Service Unavailable" : "407 Sign In"}\r\n\r\n`),
    );
    await new Promise<void>((resolve) => void proxy.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    try {
      const through = await diagnosticsOf(
        { closed: "https://skills.invalid/x.git", broken: "https://broken.invalid/x.git" },
        { https_proxy: address },
      );
      expect(through.found.get("closed")).toMatchObject({
        code: "FETCH_AUTH",
        message: expect.stringMatching(/proxy.*407/u),
      });
      expect(through.found.get("broken")).toMatchObject({
        code: "FETCH_NETWORK",
        message: expect.stringMatching(/the proxy answered 503/u),
      });
      const refused = await diagnosticsOf({ a: "https://skills.invalid/x.git" }, { https_proxy: "http://127.0.0.1:1" });
      expect(refused.found.get("a")).toMatchObject({
        message: expect.stringMatching(/connection refused by 127\.0\.0\.1 port 1/u),
        hint: expect.stringMatching(/proxy/u),
      });
      const unknown = await diagnosticsOf(
        { a: "https://skills.invalid/x.git" },
        { https_proxy: "http://proxy.invalid:1" },
      );
      expect(unknown.found.get("a").message).toMatch(/name of the proxy, proxy\.invalid/u);
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  });
});
