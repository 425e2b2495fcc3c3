import { join } from "node:path";
import * as z from "zod/mini";
import { findProgram, type Host } from "../system/host.js";
import type { Clock } from "../system/clock.js";
import { mapOf, parseJson } from "../system/parse-json.js";
import { runProcess } from "../system/processes.js";
import { readTextIfExists } from "../system/read-files.js";
import type { Login } from "./distribution.js";

const configSchema = z.object({
  auths: z._default(mapOf(z.object({ auth: z.optional(z.string()) })), new Map()),
  credHelpers: z._default(mapOf(z.string()), new Map()),
  credsStore: z.optional(z.string()),
});

const answerSchema = z.object({ Username: z.string(), Secret: z.string() });

/** What a helper is run with. */
export interface HelperCall {
  host: Host;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * The login for a registry as docker has it: from the credential helper of the host, else from the
 * helper for all, else from `config.json` itself; null if there is none.
 * @param registry `host[:port]`.
 */
export async function dockerLogin(owner: HelperCall, registry: string): Promise<Login | null> {
  const { host } = owner;
  const directory = host.env["DOCKER_CONFIG"] || join(host.home, ".docker");
  const config = parseJson(configSchema, readTextIfExists(join(directory, "config.json")) ?? "");
  if (config === null) return null;
  const { auths, credHelpers, credsStore } = config;
  const names = registry === "docker.io" ? ["https://index.docker.io/v1/"] : [registry, `https://${registry}`];
  for (const name of names) {
    const helper = credHelpers.get(name) ?? credsStore;
    const login = helper === undefined ? null : await askHelper(owner, helper, name);
    const found = login ?? decoded(auths.get(name)?.auth ?? "");
    if (found !== null) return found;
  }
  return null;
}

function decoded(auth: string): Login | null {
  const text = Buffer.from(auth, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 1 ? null : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** A helper that is missing, fails, or has a token for OAuth 2 gives no login. */
async function askHelper({ host, clock, signal }: HelperCall, helper: string, name: string): Promise<Login | null> {
  const program = /^[\w.-]+$/u.test(helper) ? findProgram(`docker-credential-${helper}`, host.env) : null;
  if (program === null) return null;
  const env = Object.fromEntries(Object.entries(host.env).flatMap(([key, value]) => (value ? [[key, value]] : [])));
  const call = { file: program, args: ["get"], env, cwd: host.home, clock, input: name, signal };
  const { exitCode, stdout } = await runProcess(call);
  const answer = exitCode === 0 ? parseJson(answerSchema, stdout.toString("utf8")) : null;
  return answer === null || answer.Username === "<token>" ? null : { name: answer.Username, password: answer.Secret };
}
