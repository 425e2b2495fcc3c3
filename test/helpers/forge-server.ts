import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { readBody } from "../../scripts/smart-http.mjs";

/** One request to the API. */
export interface ForgeRequest {
  method: string;
  /** With its query. */
  path: string;
  authorization: string | undefined;
  body: Record<string, string>;
}

/** A pull request of the server, in the fields that both hosts have. */
export interface HeldRequest {
  number: number;
  head: string;
  base: string;
  title: string;
  body: string;
  state: "open" | "closed" | "merged";
  comments: string[];
}

export interface ForgeServer {
  /** `http://127.0.0.1:PORT` */
  url: string;
  requests: ForgeRequest[];
  held: HeldRequest[];
  /** The next requests with this method are answered with this status and text. */
  failing: { method: string; status: number; body?: string; headers?: Record<string, string> } | null;
  close(): Promise<void>;
}

/**
 * Plays the parts of the APIs of GitHub (`/repos/acme/project`) and GitLab (`/projects/acme%2Fproject`) that proposals use.
 * @param tipOf the commit of a branch.
 */
export async function startForge(token: string, tipOf: (branch: string) => Promise<string>): Promise<ForgeServer> {
  const forge: Omit<ForgeServer, "close"> = { url: "", requests: [], held: [], failing: null };

  const onGitHub = async (one: HeldRequest) => ({
    number: one.number,
    html_url: `https://git.example/acme/project/pull/${one.number}`,
    title: one.title,
    body: one.body,
    state: one.state === "open" ? "open" : "closed",
    merged_at: one.state === "merged" ? "2026-01-01T00:00:00Z" : null,
    head: { sha: await tipOf(one.head) },
  });
  const onGitLab = async (one: HeldRequest) => ({
    iid: one.number,
    web_url: `https://git.example/acme/project/-/merge_requests/${one.number}`,
    title: one.title,
    description: one.body,
    state: one.state === "open" ? "opened" : one.state,
    sha: await tipOf(one.head),
  });
  const open = (head = "", base = "", title = "", body = ""): HeldRequest => {
    const one: HeldRequest = { number: 6 + forge.held.length, head, base, title, body, state: "open", comments: [] };
    forge.held.push(one);
    return one;
  };
  const find = (number: string | undefined) => forge.held.find((one) => one.number === Number(number));

  const answer = async ({ method, path, body }: ForgeRequest): Promise<[number, unknown]> => {
    const { pathname, searchParams: query } = new URL(path, "http://api");
    const [, kind, number, more] =
      /^\/repos\/acme\/project\/(pulls|issues)(?:\/(\d+))?(\/comments)?$/u.exec(pathname) ??
      /^\/projects\/acme%2Fproject\/(merge_requests)(?:\/(\d+))?(\/notes)?$/u.exec(pathname) ??
      [];
    const show: (one: HeldRequest) => Promise<object> = kind === "merge_requests" ? onGitLab : onGitHub;
    const one = find(number);
    if (kind === undefined || (number !== undefined && one === undefined)) return [404, { message: "Not Found" }];
    if (method === "GET") {
      const head = query.get("source_branch") ?? query.get("head")?.replace(/^acme:/u, "");
      const base = query.get("target_branch") ?? query.get("base");
      const wanted = forge.held.filter((request) => request.head === head && request.base === base);
      return [200, await Promise.all(wanted.map(show))];
    }
    if (one === undefined) {
      const description = body["description"] ?? body["body"];
      const [head, base] = [body["source_branch"] ?? body["head"], body["target_branch"] ?? body["base"]];
      return [201, await show(open(head, base, body["title"], description))];
    }
    if (more !== undefined) return [201, { id: one.comments.push(body["body"] ?? "") }];
    one.title = body["title"] ?? one.title;
    one.body = body["description"] ?? body["body"] ?? one.body;
    if (body["state"] === "closed" || body["state_event"] === "close") one.state = "closed";
    return [200, await show(one)];
  };

  const read = async (request: IncomingMessage): Promise<ForgeRequest> => {
    const text = (await readBody(request)).toString("utf8");
    const given = request.headers["private-token"];
    const authorization = typeof given === "string" ? `Bearer ${given}` : request.headers.authorization;
    const body = text === "" ? {} : (JSON.parse(text) as Record<string, string>);
    return { method: request.method ?? "", path: request.url ?? "", authorization, body };
  };
  const server = createServer((request, response) => {
    void read(request).then(async (asked) => {
      forge.requests.push(asked);
      const { failing } = forge;
      if (failing !== null && failing.method === asked.method)
        return response.writeHead(failing.status, failing.headers).end(failing.body ?? `{"message":"no"}`);
      const isKnown = asked.authorization === `Bearer ${token}`;
      const [status, document] = isKnown ? await answer(asked) : [401, { message: "Bad credentials" }];
      return response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(document));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  forge.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(forge, {
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  });
}
