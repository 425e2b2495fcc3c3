/** The place of a target: this machine, a container, or another host. */
export type TargetEnvironment =
  | { kind: "local" }
  | { kind: "docker" | "podman"; container: string }
  | { kind: "ssh"; host: string };

/** The grammar of `environment`; also the pattern in the JSON Schema. */
export const ENVIRONMENT =
  /^(?:local|(?:docker|podman):[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}|ssh:(?:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,63}@)?[a-zA-Z0-9][a-zA-Z0-9_.-]{0,252})$/;

/** The message for a text that is not an environment. */
export const EXPECTED_ENVIRONMENT = 'expected "local", "docker:NAME", "podman:NAME" or "ssh:HOST"';

/** A place that is not this machine. */
export type RemoteEnvironment = Exclude<TargetEnvironment, { kind: "local" }>;

/**
 * Reads `local`, `docker:NAME`, `podman:NAME` or `ssh:HOST` (also `ssh:USER@HOST`); null for
 * anything else.
 */
export function parseEnvironment(text: string): TargetEnvironment | null {
  if (!ENVIRONMENT.test(text)) return null;
  if (text === "local") return { kind: "local" };
  const [kind, name = ""] = text.split(":");
  if (kind === "docker" || kind === "podman") return { kind, container: name };
  return { kind: "ssh", host: name };
}

/** The same in the manifest's notation. */
export function formatEnvironment(environment: TargetEnvironment): string {
  switch (environment.kind) {
    case "local":
      return "local";
    case "docker":
    case "podman":
      return `${environment.kind}:${environment.container}`;
    case "ssh":
      return `ssh:${environment.host}`;
  }
}

/** The same in words, for messages. */
export function describeEnvironment(environment: RemoteEnvironment): string {
  return environment.kind === "ssh" ? `host ${environment.host}` : `container ${environment.container}`;
}
