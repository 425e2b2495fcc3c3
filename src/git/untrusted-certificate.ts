import { certificateProblem } from "../system/certificate.js";
import type { HttpFacts } from "./http-trace.js";

/**
 * Finds the fault of a certificate that git refused without a reason, as git does if it is built
 * with GnuTLS. The certificate is requested from the server again, except through a proxy.
 * @returns the facts, with the fault as the cause if it was found.
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
