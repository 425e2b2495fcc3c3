import { certificateProblem } from "../system/certificate.js";
import type { HttpFacts } from "./http-trace.js";

/**
 * What is wrong with a certificate that git did not accept without saying why: built with GnuTLS it says no more than that. The server is
 * asked for it once more, except through a proxy.
 * @returns the facts, with that as the cause where it could be seen.
 */
export async function withCertificate(
  http: HttpFacts,
  stderr: string,
  now: Date,
  signal: AbortSignal,
): Promise<HttpFacts> {
  const address = /unable to access '(https:[^'\n]+)': server certificate verification failed/u.exec(stderr)?.[1];
  if (address === undefined || http.isProxied || !URL.canParse(address)) return http;
  const { hostname, port } = new URL(address);
  const host = hostname.replace(/^\[|\]$/gu, "");
  const problem = await certificateProblem(host, Number(port || 443), now, signal);
  return problem === null ? http : { ...http, cause: `certificate: ${problem}` };
}
