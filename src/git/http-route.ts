import { resolve } from "node:path";
import type { HttpRoute } from "../system/http-message.js";
import { proxyFor } from "../system/proxy.js";
import type { Git } from "./git.js";

/**
 * How an address is reached without git, as git would reach it: by the proxy and the authorities of
 * the environment and of the owner's settings. Credentials and other `http.*` settings are git's
 * alone.
 */
export function httpRoute(url: URL, { host, owner }: Pick<Git, "host" | "owner">): HttpRoute {
  const { env, home } = host;
  const configured = owner.http("sslcainfo", url)?.replace(/^~(?=\/)/u, home);
  const file = env["GIT_SSL_CAINFO"] || configured || env["SSL_CERT_FILE"];
  // Node adds NODE_EXTRA_CA_CERTS to its own authorities, but not to others.
  const files = file ? [file, ...(env["NODE_EXTRA_CA_CERTS"] ? [env["NODE_EXTRA_CA_CERTS"]] : [])] : [];
  return {
    proxy: proxyFor(url, env, owner.http("proxy", url)),
    authorities: files.map((path) => resolve(host.cwd, path)),
  };
}
