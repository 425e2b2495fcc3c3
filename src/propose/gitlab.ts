import * as z from "zod/mini";
import { ForgeApi, type ApiAccess } from "./forge-api.js";
import { newestOf, type Forge, type PullRequest } from "./forge.js";

const merge = z.object({
  iid: z.number(),
  web_url: z.string(),
  title: z.string(),
  description: z.nullable(z.string()),
  state: z.string(),
  sha: z.nullable(z.string()),
});

/** Merge requests of a project of GitLab. */
export function gitlab(access: ApiAccess): Forge {
  const api = new ForgeApi(access);
  const put = async ({ number }: PullRequest, fields: object) => {
    await api.ask(merge, "PUT", `/merge_requests/${number}`, fields);
  };
  return {
    async find({ head, base }) {
      const query = new URLSearchParams({ state: "all", source_branch: head, target_branch: base, per_page: "100" });
      const found = await api.ask(z.array(merge), "GET", `/merge_requests?${query.toString()}`);
      return newestOf(found.toSorted((one, other) => other.iid - one.iid).map(requestOf));
    },
    async create({ head, base }, { title, body }) {
      const fields = { source_branch: head, target_branch: base, title, description: body };
      return requestOf(await api.ask(merge, "POST", "/merge_requests", fields));
    },
    change: async (request, { title, body }) => await put(request, { title, description: body }),
    async close(request, body, comment) {
      await api.ask(z.unknown(), "POST", `/merge_requests/${request.number}/notes`, { body: comment });
      await put(request, { state_event: "close", description: body });
    },
  };
}

function requestOf({ iid, web_url: url, title, description, state, sha }: z.infer<typeof merge>): PullRequest {
  const ended = state === "merged" ? "merged" : "closed";
  return {
    number: iid,
    url,
    title,
    body: description ?? "",
    state: state === "opened" ? "open" : ended,
    commit: sha ?? "",
  };
}
