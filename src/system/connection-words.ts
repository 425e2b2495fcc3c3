import { errorCode, errorMessage } from "../errors.js";

/** Describes why a request by Node failed: refused, unknown host, reset, or not trusted. */
export function connectionWords(error: unknown): string {
  const code = errorCode(error) ?? "";
  const { address, hostname, port } = error as { address?: unknown; hostname?: unknown; port?: unknown };
  if (code === "ECONNREFUSED")
    return `connection refused by ${String(address ?? "the host")} port ${String(port ?? "?")}`;
  if (code === "ENOTFOUND") return `unknown host name ${String(hostname)}: it could not be resolved`;
  if (code === "EAI_AGAIN") return "the host name could not be resolved: no name server answers";
  if (code === "ECONNRESET" || code === "EPIPE") return "connection reset by the other side";
  if (code === "ETIMEDOUT") return `connection timed out: ${String(address ?? "")} port ${String(port ?? "")}`;
  if (CERTIFICATE.test(code)) return `TLS: the certificate is not accepted: ${errorMessage(error)}`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `TLS: the certificate is for another host: ${errorMessage(error)}`;
  return errorMessage(error);
}

const CERTIFICATE = /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/u;
