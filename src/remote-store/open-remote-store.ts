import { httpRoute } from "../git/http-route.js";
import type { OwnerSettings } from "../git/owner-settings.js";
import type { Repositories } from "../git/repositories.js";
import type { Manifest, RemoteStoreSettings } from "../manifest/document/manifest.js";
import { deniedRemoteStore } from "../policy/require-allowed.js";
import { errorNotice } from "../run/notice.js";
import type { RunContext } from "../run/run-context.js";
import type { Distribution } from "../web/distribution.js";
import { openRegistry } from "../web/open-registry.js";
import { RemoteStore } from "./remote-store.js";

/** The remote store of a run; null if the policy denies it, which is reported. */
export async function openRemoteStore(
  context: RunContext,
  manifest: Manifest,
  repositories: Repositories,
): Promise<RemoteStore | null> {
  const { remoteStore: settings } = manifest;
  if (settings === null) return null;
  const denied = await deniedRemoteStore(manifest);
  if (denied !== null) {
    context.notice({ ...errorNotice(denied, "fetch"), severity: "warning" });
    return null;
  }
  const owner = await repositories.ownerSettings(context.signal);
  const registry = remoteRegistry(context, settings, { owner, stallMs: settings.timeoutMs });
  return new RemoteStore(registry, settings, context);
}

/**
 * The registry of a remote store, as the owner reaches it. Nothing is sent.
 * @param stallMs the longest silence.
 */
export function remoteRegistry(
  { host, clock, settings }: Pick<RunContext, "host" | "clock" | "settings">,
  { url }: Pick<RemoteStoreSettings, "url">,
  { owner, stallMs }: { owner: OwnerSettings; stallMs: number },
): Distribution {
  const routeTo = (to: URL) => httpRoute(to, { host, owner });
  const web = { stallMs, offline: settings.offline, routeTo, refusal: "ARCHIVE_INVALID" } as const;
  return openRegistry({ host, clock }, url, web);
}
