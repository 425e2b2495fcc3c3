import { posix } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { RepositoryPlace } from "../manifest/source/install-source.js";
import type { ShortSource } from "../manifest/source/short-source.js";
import { githubShorthand, parseSource } from "../manifest/source/source-grammar.js";
import type { RunContext } from "../run/run-context.js";
import type { DiscoveredSkill } from "./discovery.js";
import { findPlugin } from "./find-plugin.js";
import { openSource, type OpenedSource } from "./open-source.js";
import { withSource } from "./with-source.js";

/**
 * The skills of a plugin of a marketplace. Its source is that of its files: a directory of the
 * marketplace's source, or another repository or package. The marketplace itself is only read.
 * @throws EdenError `PLUGIN_NOT_FOUND`; `INVALID_REPO_URL` for a plugin on this machine; as
 *   `openSource`.
 */
export async function openPlugin(
  context: RunContext,
  manifest: Manifest,
  { plugin, marketplace }: { plugin: string; marketplace: RepositoryPlace },
): Promise<OpenedSource> {
  const { found, ref } = await withSource(context, manifest, marketplace, async (view) => ({
    found: await findPlugin(view, plugin),
  }));
  const { home, skills } = found;
  const place =
    "path" in home ? { repo: marketplace.repo, ref, subpath: home.path } : requireRemote(home.source, context);
  const opened = await openSource(context, manifest, {
    ...marketplace,
    refAndPath: null,
    ref: null,
    subpath: ".",
    ...place,
  });
  if (skills.length === 0) return opened;
  const own = skills.map((one) => posix.join(opened.start, one));
  const isOwn = ({ path }: DiscoveredSkill) =>
    own.some((directory) => directory === "." || path === directory || path.startsWith(`${directory}/`));
  const others = opened.skills.filter((skill) => !isOwn(skill));
  const reason = sanitize(`the marketplace does not list it for the plugin ${plugin}`);
  return {
    ...opened,
    skills: opened.skills.filter(isOwn),
    skipped: [...opened.skipped, ...others.map(({ path }) => ({ path, reason, code: null }))],
    isPart: others.length > 0,
  };
}

/** A marketplace may be that of a stranger, who must not choose directories of this machine. */
function requireRemote(source: ShortSource, { host }: RunContext): ShortSource {
  const parsed = parseSource(source.repo, { directory: host.cwd, home: host.home });
  if (parsed.kind === "remote" && parsed.transport !== "file")
    return { ...source, repo: githubShorthand(source.repo) ?? source.repo };
  const reason = parsed.kind === "refused" ? parsed.reason : "it is on this machine";
  throw new EdenError("INVALID_REPO_URL", `the marketplace names a source that is not used: ${reason}`);
}
