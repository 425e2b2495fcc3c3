import type { PeerCertificate } from "node:tls";

/** Timeout of the connection, in milliseconds. */
const LOOK_MS = 5_000;

/**
 * Reads the certificate of a TLS server without trusting it: git does not always say why it refuses
 * one.
 * @returns the fault, as the end of a sentence; null when there is none or it could not be read.
 */
export async function certificateProblem(
  host: string,
  port: number,
  now: Date,
  signal: AbortSignal,
): Promise<string | null> {
  const certificate = await certificateOf(host, port, signal).catch(() => null);
  return certificate === null ? null : problemOf(certificate, now);
}

async function certificateOf(host: string, port: number, signal: AbortSignal): Promise<PeerCertificate | null> {
  const { connect } = await import("node:tls");
  const isName = !/^[\d.]+$|:/u.test(host);
  return await new Promise((resolve, reject) => {
    const socket = connect({ host, port, rejectUnauthorized: false, ...(isName && { servername: host }) });
    const end = (finish: () => void) => {
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      finish();
    };
    const onAbort = () => end(() => reject(signal.reason));
    signal.addEventListener("abort", onAbort, { once: true });
    socket.setTimeout(LOOK_MS, () => end(() => reject(new Error("no answer"))));
    socket.on("error", (error) => end(() => reject(error)));
    socket.on("secureConnect", () => {
      const certificate = socket.authorized ? null : socket.getPeerCertificate();
      end(() => resolve(certificate));
    });
  });
}

function problemOf(certificate: PeerCertificate, now: Date): string | null {
  const { valid_from: from, valid_to: to, issuer, subject } = certificate;
  // Without a certificate Node returns an empty object.
  if (issuer === undefined || subject === undefined) return null;
  if (Date.parse(to) < now.getTime()) return `it has expired on ${dayOf(to)}`;
  if (Date.parse(from) > now.getTime()) return `it is not valid before ${dayOf(from)}`;
  if (JSON.stringify(issuer) === JSON.stringify(subject)) return "it is self-signed";
  return `its authority is unknown here: ${String(issuer.CN ?? issuer.O ?? "one without a name")}`;
}

function dayOf(date: string): string {
  return new Date(date).toISOString().slice(0, 10);
}
