import { join } from "node:path";
import * as z from "zod/mini";
import { EdenError } from "../errors.js";
import { isSameFile } from "../system/file-identity.js";
import type { ImageRoot } from "../system/image-root.js";
import { LastValues } from "../system/last-values.js";
import { parseJson } from "../system/parse-json.js";
import { nameOfPath } from "../system/path-name.js";
import { listDirectory, lstatIfExists, placeOf, readTextIfExists } from "../system/read-files.js";
import { writeByRename } from "../system/write-files.js";
import type { OwnedTarget } from "./owned-target.js";
import { targetsSchema } from "./owned-targets-schema.js";
import { readTools } from "./tools.js";
import { privateMode } from "../system/private-mode.js";

export type { OwnedTarget } from "./owned-target.js";

/**
 * The targets that one manifest has installed on this machine. The lockfile says what should exist,
 * the state what is ours to replace or remove.
 */
export interface MachineState {
  version: 1;
  /** Absolute path of the manifest. */
  manifest: string;
  /** By absolute target path. */
  targets: Record<string, OwnedTarget>;
  /**
   * Targets in containers and on hosts, as `docker:box ~/.claude/skills/web-design`. They say where
   * to look; whether one is ours is recorded there.
   */
  remote?: Record<string, { skill: string; agents: string[] }>;
}

/** The record of a target that is at a path now. */
export function recordOf(path: string, target: OwnedTarget): OwnedTarget {
  const place = placeOf(path);
  const { place: _former, ...rest } = target;
  return place === path ? rest : { ...rest, place };
}

const known = new LastValues<MachineState>();

/** What another manifest of this storage, or a tool, recorded. */
export interface OtherState extends MachineState {
  /** Another manifest that is there, one that is gone, or another name of the same file. */
  standing: "other" | "gone" | "same";
}

/** The states of all manifests of one storage. */
export class States {
  readonly #directory: string;

  /** @param image the records have its paths. */
  constructor(
    private readonly root: string,
    private readonly image?: ImageRoot,
  ) {
    this.#directory = join(root, "state");
  }

  pathOf(manifestPath: string): string {
    return join(this.#directory, `${nameOfPath(this.#written(manifestPath))}.json`);
  }

  /**
   * The state of a manifest; null when there is none.
   * @throws EdenError `STATE_UNREADABLE` when the file is damaged or of a newer version: it is left
   *   untouched, since without it our files cannot be distinguished from the user's.
   */
  read(manifestPath: string): MachineState | null {
    const state = readStateAt(this.pathOf(manifestPath));
    return state === null ? null : { ...state, targets: this.#here(state.targets) };
  }

  write(state: MachineState): void {
    const path = this.pathOf(state.manifest);
    const { image } = this;
    const written = image === undefined ? state.targets : mapTargets(state.targets, (place) => image.pathOf(place));
    const targets = Object.fromEntries(Object.entries(written).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const { remote, ...rest } = state;
    const isRemote = remote !== undefined && Object.keys(remote).length > 0;
    const manifest = this.#written(state.manifest);
    const whole = { ...rest, manifest, targets, ...(isRemote && { remote }) };
    const text = `${JSON.stringify(whole, null, 1)}\n`;
    if (readTextIfExists(path) !== text) writeByRename(path, text, privateMode(path, 0o600));
    known.keep(text, whole);
  }

  /**
   * The states of the other manifests, and of tools. Damaged files are left out: they claim nothing.
   * @param manifestPath of a manifest, or the file of a tool.
   */
  others(manifestPath: string): OtherState[] {
    const tools = readTools(this.root)
      .filter(({ path }) => path !== manifestPath)
      .map(({ path, record: { targets } }): OtherState => ({ version: 1, manifest: path, standing: "other", targets }));
    const manifests = this.#paths().flatMap((path): OtherState[] => {
      const state = parse(textAt(path) ?? "");
      if (state === null || state.manifest === this.#written(manifestPath)) return [];
      const there = this.#manifestAt(state.manifest);
      if (there === null) return [{ ...state, standing: "gone" }];
      return [{ ...state, standing: isSameFile(there, manifestPath) ? "same" : "other" }];
    });
    return [...manifests, ...tools].map((state) => ({ ...state, targets: this.#here(state.targets) }));
  }

  /** A manifest of an image may be in it, or on the machine that builds it; null for one that is gone. */
  #manifestAt(path: string): string | null {
    const places = this.image === undefined ? [path] : [this.image.at(path), path];
    return places.find((place) => lstatIfExists(place) !== null) ?? null;
  }

  #here(targets: MachineState["targets"]): MachineState["targets"] {
    const { image } = this;
    return image === undefined ? targets : mapTargets(targets, (path) => image.at(path));
  }

  #written(place: string): string {
    return this.image?.pathOf(place) ?? place;
  }

  /**
   * The states of all manifests that ever installed something from this storage.
   * @throws EdenError `STATE_UNREADABLE` for any that is damaged.
   */
  all(): MachineState[] {
    return this.#paths()
      .map((path) => readStateAt(path))
      .filter((state) => state !== null);
  }

  /** The state files that cannot be read. */
  unreadable(): UnreadableState[] {
    return this.#paths().flatMap((path): UnreadableState[] => {
      try {
        readStateAt(path);
        return [];
      } catch (error) {
        if (!(error instanceof EdenError)) throw error;
        const isDamaged = error.code === "STATE_UNREADABLE" && !isOfLaterVersion(textAt(path) ?? "");
        return [{ path, error, isDamaged }];
      }
    });
  }

  /** Other files, as a Finder leaves them, are not states. */
  #paths(): string[] {
    return listDirectory(this.#directory)
      .filter((name) => name.endsWith(".json") && !name.startsWith("."))
      .map((name) => join(this.#directory, name));
  }
}

function mapTargets(targets: MachineState["targets"], pathOf: (path: string) => string): MachineState["targets"] {
  const mapped: MachineState["targets"] = Object.create(null);
  for (const [path, target] of Object.entries(targets))
    mapped[pathOf(path)] = target.place === undefined ? target : { ...target, place: pathOf(target.place) };
  return mapped;
}

function readStateAt(path: string): MachineState | null {
  const text = textAt(path);
  if (text === null) return null;
  const state = known.of(text) ?? parse(text);
  if (state !== null) {
    known.keep(text, state);
    return state;
  }
  const isNewer = isOfLaterVersion(text);
  throw new EdenError("STATE_UNREADABLE", `${path} ${isNewer ? "was written by a newer version" : "is damaged"}`, {
    path,
    hint: isNewer
      ? "Update eden-skills."
      : "Run `eden-skills repair`: it moves the file to the backups, and what is exactly as it is locked counts as installed again.",
  });
}

/** "" for anything that is not a text file, as a directory. */
function textAt(path: string): string | null {
  try {
    return readTextIfExists(path);
  } catch (error) {
    if (error instanceof EdenError && error.code === "INVALID_FILE") return "";
    throw error;
  }
}

/** A state file that cannot be read. */
export interface UnreadableState {
  path: string;
  error: EdenError;
  /** No version can read it. */
  isDamaged: boolean;
}

function isOfLaterVersion(text: string): boolean {
  return (parseJson(z.object({ version: z.number() }), text)?.version ?? 0) > 1;
}

const stateSchema = z.object({
  version: z.literal(1),
  manifest: z.string(),
  targets: targetsSchema,
  remote: z.exactOptional(z.record(z.string(), z.object({ skill: z.string(), agents: z.array(z.string()) }))),
});

function parse(text: string): MachineState | null {
  return parseJson(stateSchema, text);
}
