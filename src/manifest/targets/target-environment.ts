import { wrongType } from "../format/leaves.js";
import type { TargetEnvironment } from "../document/manifest.js";
import type { Reading } from "../format/shape.js";

/** The grammar of `environment`; also the pattern in the JSON Schema. */
export const ENVIRONMENT =
  /^(?:local|docker:[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}|ssh:(?:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,63}@)?[a-zA-Z0-9][a-zA-Z0-9_.-]{0,252})$/;

/** Reads `local`, `docker:NAME` or `ssh:HOST` (also `ssh:USER@HOST`); anything else is INVALID_ENVIRONMENT. */
export function readEnvironment(value: unknown): Reading<TargetEnvironment> {
  if (typeof value !== "string") return wrongType("a string", value);
  if (!ENVIRONMENT.test(value)) {
    return { code: "INVALID_ENVIRONMENT", problem: 'expected "local", "docker:NAME" or "ssh:HOST"' };
  }
  if (value === "local") return { value: { kind: "local" } };
  const name = value.slice(value.indexOf(":") + 1);
  return { value: value.startsWith("docker:") ? { kind: "docker", container: name } : { kind: "ssh", host: name } };
}

/** The same in the manifest's notation. */
export function formatEnvironment(environment: TargetEnvironment): string {
  switch (environment.kind) {
    case "local":
      return "local";
    case "docker":
      return `docker:${environment.container}`;
    case "ssh":
      return `ssh:${environment.host}`;
  }
}
