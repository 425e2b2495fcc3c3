import { EdenError, sanitize } from "../errors.js";
import type { RepositorySource } from "../manifest/document/manifest.js";
import { isIsolated, type Host } from "../system/host.js";
import type { OwnerSettings, Rewrite } from "./owner-settings.js";

/** The effective address of a source on this machine, and the owner's setting that rewrites it. */
export interface Route {
  /** The source, with the address and the transport that git really uses. */
  remote: RepositorySource;
  rewrite: Rewrite | null;
  owner: OwnerSettings;
}

/**
 * Applies the owner's `url.<base>.insteadOf` as git does. An address may become https or ssh, or
 * keep its transport; a rewriting to anything else could turn a remote into a local path, a
 * program, or an unencrypted connection.
 * @throws EdenError `POLICY_DENIED`, which names the setting.
 */
export function routeTo(source: RepositorySource, owner: OwnerSettings, env: Host["env"]): Route {
  // With --isolated git does not read the user's configuration when it serves a repository of this
  // machine.
  const rewrite = isIsolated(env) && source.transport === "file" ? null : owner.rewriteOf(source.url);
  if (rewrite !== null && !isAllowed(source, rewrite.to, env)) throw denied(source, rewrite, env);
  const to = rewrite?.to ?? source.url;
  const remote = { ...source, url: to, transport: transportOf(to) as RepositorySource["transport"] };
  const policy = owner.forbids(remote.transport);
  if (policy === null) return { remote, rewrite, owner };
  throw new EdenError("POLICY_DENIED", `${policy} = never in git's configuration forbids ${sanitize(source.repo)}`, {
    stage: "fetch",
    hint: `\`git config --show-origin --get-all ${policy}\` shows where it is set.`,
  });
}

function isAllowed(source: RepositorySource, to: string, env: Host["env"]): boolean {
  const transport = transportOf(to);
  if (transport === source.transport) return transport !== "http" || isHere(to) || !isHere(source.url);
  return !isIsolated(env) && (transport === "https" || transport === "ssh");
}

function denied(source: RepositorySource, { setting, to }: Rewrite, env: Host["env"]): EdenError {
  const rule = isIsolated(env) ? "under --isolated the transport stays as it is" : "only https and ssh are allowed";
  const words = `${setting} rewrites ${source.repo} to ${to}: ${rule}`;
  const hint = "`git config --show-origin --get-regexp '^url\\.'` shows where it is set.";
  return new EdenError("POLICY_DENIED", sanitize(words), { stage: "fetch", hint });
}

/**
 * The transport that git uses for an address; for an unsupported one, its scheme or the name of the
 * helper.
 */
function transportOf(address: string): string {
  const helper = /^([A-Za-z0-9][A-Za-z0-9+.-]*)::/u.exec(address)?.[1];
  if (helper !== undefined) return helper;
  const scheme = /^([A-Za-z0-9][A-Za-z0-9+.-]*):\/\//u.exec(address)?.[1];
  if (scheme !== undefined) return scheme === "git+ssh" || scheme === "ssh+git" ? "ssh" : scheme;
  return /^[^/:-][^/:]*:|^\[/u.test(address) ? "ssh" : "file";
}

function isHere(address: string): boolean {
  return /^http:\/\/(?:[^/@]*@)?(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)/iu.test(address);
}
