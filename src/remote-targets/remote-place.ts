import { formatEnvironment, type RemoteEnvironment } from "../manifest/targets/target-environment.js";

/** A target in a container or on a host. */
export interface RemotePlace {
  skillId: string;
  agents: string[];
  environment: RemoteEnvironment;
  /** `<directory>/<skill>`; may begin with `~/`. */
  path: string;
}

/** The text by which a target is known in the state: `docker:box ~/.claude/skills/web-design`. */
export function keyOfPlace({ environment, path }: Pick<RemotePlace, "environment" | "path">): string {
  return `${formatEnvironment(environment)} ${path}`;
}
