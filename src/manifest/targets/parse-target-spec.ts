import { isDeepStrictEqual } from "node:util";
import { CUSTOM_AGENT } from "./agents.js";
import {
  EXPECTED_ENVIRONMENT,
  formatEnvironment,
  parseEnvironment,
  type TargetEnvironment,
} from "./target-environment.js";

/** The default agent in a container or on a host. */
const USUAL_AGENT = "claude-code";

/** A target in its short form, without a check of the agent. */
export interface TargetSpec {
  agent: string;
  path?: string;
  environment: TargetEnvironment;
}

/**
 * Reads the short form of a target: `AGENT`, `custom:PATH`, `docker:NAME[:AGENT]`,
 * `podman:NAME[:AGENT]` or `ssh:HOST[:AGENT]`.
 */
export function parseTargetSpec(spec: string): TargetSpec | { code: string; problem: string } {
  const [kind = "", name, ...rest] = spec.split(":");
  if (kind === CUSTOM_AGENT) {
    const path = [name ?? "", ...rest].join(":");
    if (path.trim() === "") return { code: "TARGET_PATH_UNRESOLVED", problem: "write custom:PATH" };
    return { agent: CUSTOM_AGENT, path, environment: { kind: "local" } };
  }
  if (name !== undefined && ["docker", "podman", "ssh"].includes(kind)) {
    const environment = parseEnvironment(`${kind}:${name}`);
    if (environment === null) return { code: "INVALID_ENVIRONMENT", problem: EXPECTED_ENVIRONMENT };
    return { agent: rest.length === 0 ? USUAL_AGENT : rest.join(":"), environment };
  }
  return { agent: spec, environment: { kind: "local" } };
}

/** The short form of a target; null if it has none. */
export function formatTargetSpec({ agent, path, environment }: TargetSpec): string | null {
  const target = { agent, ...(path !== undefined && { path }), environment };
  const where = formatEnvironment(environment);
  const specs = [agent, `${agent}:${path ?? ""}`, where, `${where}:${agent}`];
  return specs.find((spec) => isDeepStrictEqual(parseTargetSpec(spec), target)) ?? null;
}
