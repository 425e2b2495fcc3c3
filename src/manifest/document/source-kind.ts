import { sanitize } from "../../errors.js";
import type { SkillSource } from "./manifest.js";

/** The key of what is synced once for all skills that come from it. */
export function keyOf(source: SkillSource): string {
  switch (source.kind) {
    case "repository":
      return source.key;
    case "directory":
      return `directory ${source.path}`;
    case "registry":
      return `registry ${source.name}`;
    default:
      return unknownKind(source);
  }
}

/** A source as the report and the inventory show it. */
export function shownSource(source: SkillSource): { repo: string; ref: string | null; subpath: string } {
  switch (source.kind) {
    case "repository":
    case "directory":
      return { repo: sanitize(source.repo), ref: source.ref, subpath: source.subpath };
    case "registry":
      return { repo: source.name, ref: source.version, subpath: "." };
    default:
      return unknownKind(source);
  }
}

/** The default of a switch that handles every kind: a new kind is then an error of the compiler. */
export function unknownKind(source: never): never {
  throw new TypeError(`unknown kind of source: ${JSON.stringify(source)}`);
}
