import type { Rule } from "./rule.js";

const NETWORK = "Check the network, a proxy, and the address.";

const CERTIFICATE = "Check the machine's clock, its certificates (GIT_SSL_CAINFO, SSL_CERT_FILE), and the address.";

/** Why a connection failed or ended. The first match is the cause; the others are consequences. */
export const CONNECTION_RULES: readonly Rule[] = [
  {
    pattern: /kex_exchange_identification[^\n]*|Too many connections|Too many authentication failures \(rate/u,
    diagnose: ([text], remote) => ({ code: "FETCH_THROTTLED", message: `${remote} refuses connections: ${text}` }),
  },
  // git repeats a part of the address, which may be one of its password.
  because(/Unsupported proxy syntax/u, () => "the address of the proxy is not valid"),
  because(
    /Could not resolve proxy: (\S+)/u,
    ([, name]) => `unknown name of the proxy, ${name}: it could not be resolved`,
  ),
  because(
    /(?:Could not resolve host(?:name)?:?|[Uu]nable to look up) (\S+?)(?::| \(|$)/mu,
    ([, name]) => `unknown host name ${name}: it could not be resolved`,
  ),
  because(/Temporary failure in name resolution/u, () => "the host name could not be resolved: no name server answers"),
  because(
    /[Cc]onnect to (?:host )?(\S+) port (\d+)[^:\n]*: (?:[^\n]*: )?(Connection refused|Connection timed out|No route to host|Network is unreachable)/u,
    ([, host, port, why = ""]) => `${why.toLowerCase()}${why.endsWith("refused") ? " by" : ":"} ${host} port ${port}`,
  ),
  because(/errno=(\w[^\n]*)/u, ([, why = ""]) => why.toLowerCase()),
  because(/(?:Failed to connect to|Could not connect to|connect to) (\S+) port (\d+)([^\n]*)/u, ([text, host, port]) =>
    /timed? ?out|Timeout/iu.test(text)
      ? `connection timed out: ${host} port ${port}`
      : `no connection to ${host} port ${port}`,
  ),
  because(
    /certificate subject name \(([^)\n]*)\) does not match target host(?: ?name)? '([^'\n]*)'/u,
    ([, name, host]) => `TLS: the certificate is for another host: ${name}, not ${host}`,
    CERTIFICATE,
  ),
  because(
    /no alternative certificate subject name matches target host ?name '([^'\n]*)'/u,
    ([, host]) => `TLS: the certificate is for another host, not ${host}`,
    CERTIFICATE,
  ),
  because(
    /SSL certificate problem: ([^\n]*)/u,
    ([, why]) => `TLS: the certificate is not accepted: ${why}`,
    CERTIFICATE,
  ),
  because(/^certificate: ([^\n]*)/mu, ([, why]) => `TLS: the certificate is not accepted: ${why}`, CERTIFICATE),
  because(
    /server certificate verification failed|SEC_E_UNTRUSTED_ROOT|SEC_E_CERT_EXPIRED|certificate verify failed/u,
    () => "TLS: the certificate is not accepted: it has expired, or comes from an unknown authority",
    CERTIFICATE,
  ),
  because(
    /(?:gnutls_handshake\(\) failed|TLS connect error|SSL_\w+|OpenSSL\/[^:\n]*|schannel)[^\n]*/u,
    ([text]) => `TLS: no encrypted connection: ${text}`,
    "Check the address, and whether something between here and there changes TLS.",
  ),
  because(/Connection reset/u, () => "connection reset by the other side"),
  because(/Connection refused/u, () => "connection refused"),
  because(
    /(?:Operation too slow|(?:Connection|Operation) timed out|timed out)[^\n]*/u,
    ([text]) => `connection timed out: ${text}`,
  ),
  because(/Network is unreachable|No route to host/u, ([text]) => text.toLowerCase()),
  because(/Empty reply/u, () => "the connection was closed without an answer"),
  because(
    /bad line length(?: character)?:? ?([^\n]*)|unknown protocol|expected flush|protocol error[^\n]*|Error while processing content unencoding[^\n]*/u,
    ([text]) => `the other side answered, but not as a git server: ${text}`,
    "Check the address: it may be a web page, a captive portal, or an ssh account that prints a greeting.",
  ),
  because(
    /Connection closed|(?:Recv|Send) failure[^\n]*|early EOF|unexpected disconnect|hung up unexpectedly|RPC failed[^\n]*|curl \d+[^\n]*|the remote end/u,
    ([text]) => `the connection was cut: ${text}`,
  ),
  because(
    /unable to connect|unable to access|[Cc]ouldn't connect|invalid index-pack output|expected packfile|fetch-pack: invalid/u,
    ([text]) => text,
  ),
];

function because(pattern: RegExp, words: (match: RegExpExecArray) => string, hint = NETWORK): Rule {
  return {
    pattern,
    diagnose: (match, remote) => ({ code: "FETCH_NETWORK", message: `${remote}: ${words(match).trim()}`, hint }),
  };
}
