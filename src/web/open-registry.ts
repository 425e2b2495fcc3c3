import type { WebAccess } from "./ask-web.js";
import { Distribution } from "./distribution.js";
import { dockerLogin, type HelperCall } from "./docker-login.js";

/**
 * A repository of a registry, with the login that docker has for it.
 * @param url `https://host[:port]/owner/repository`; http on this machine.
 */
export function openRegistry(
  { host, clock }: Pick<HelperCall, "host" | "clock">,
  url: string,
  web: Omit<WebAccess, "origin">,
): Distribution {
  const address = new URL(url);
  const name = address.host;
  if (address.hostname === "docker.io") address.hostname = "registry-1.docker.io";
  return new Distribution({
    web,
    address,
    login: async (signal) => await dockerLogin({ host, clock, signal }, name),
  });
}
