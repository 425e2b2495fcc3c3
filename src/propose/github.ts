import * as z from "zod/mini";
import { ForgeApi, type ApiAccess } from "./forge-api.js";
import { newestOf, type Forge, type PullRequest } from "./forge.js";

const pull = z.object({
  number: z.number(),
  html_url: z.string(),
  title: z.string(),
  body: z.nullable(z.string()),
  state: z.string(),
  merged_at: z.optional(z.nullable(z.string())),
  head: z.object({ sha: z.string() }),
});

/** Pull requests of a repository of GitHub. @param owner the owner of the repository. */
export function github(access: ApiAccess, owner: string): Forge {
  const api = new ForgeApi(access);
  const patch = async ({ number }: PullRequest, fields: object) => {
    await api.ask(pull, "PATCH", `/pulls/${number}`, fields);
  };
  return {
    async find({ head, base }) {
      const query = new URLSearchParams({ state: "all", head: `${owner}:${head}`, base, per_page: "100" });
      const found = await api.ask(z.array(pull), "GET", `/pulls?${query.toString()}`);
      return newestOf(found.toSorted((one, other) => other.number - one.number).map(requestOf));
    },
    create: async ({ head, base }, text) => requestOf(await api.ask(pull, "POST", "/pulls", { ...text, head, base })),
    change: async (request, text) => await patch(request, text),
    async close(request, body, comment) {
      await api.ask(z.unknown(), "POST", `/issues/${request.number}/comments`, { body: comment });
      await patch(request, { state: "closed", body });
    },
  };
}

function requestOf({ number, html_url: url, title, body, state, merged_at: mergedAt, head }: z.infer<typeof pull>) {
  const ended = mergedAt == null ? "closed" : "merged";
  const request: PullRequest = {
    number,
    url,
    title,
    body: body ?? "",
    state: state === "open" ? "open" : ended,
    commit: head.sha,
  };
  return request;
}
