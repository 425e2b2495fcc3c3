import { dirname, resolve } from "node:path";
import { EdenError } from "../errors.js";
import { detectAgents } from "../edit/detect-agents.js";
import { skillIdProblem } from "../manifest/names/skill-id.js";
import { usualStorage } from "../manifest/names/product-home.js";
import { leastDirectories } from "../manifest/targets/least-directories.js";
import { knownAgents } from "../manifest/targets/agents.js";
import type { MachineFacts } from "../plan/assemble.js";
import { contentOnDisk } from "../store/integrity.js";
import { openStore } from "../store/store.js";
import { readTool, toolPath, type ToolRecord } from "../store/tools.js";
import { unwritableDirectory } from "../system/blocked-path.js";
import { currentHost, type Host } from "../system/host.js";
import { placeOf } from "../system/read-files.js";
import { Containment } from "../targets/containment.js";

/** What is known about a tool on this machine. */
export interface ToolMachine {
  storageRoot: string;
  /** null: it has installed nothing. */
  record: ToolRecord | null;
  facts: MachineFacts;
  containment: Containment;
}

/** @throws EdenError `USAGE` for a name that is no id; `STATE_UNREADABLE`. */
export function toolMachine(name: string, host: Host = currentHost()): ToolMachine {
  const problem = skillIdProblem(name);
  if (problem !== null) throw new EdenError("USAGE", `the name of the tool: ${problem}`);
  const storageRoot = usualStorage(host);
  const record = readTool(storageRoot, name);
  const own = new Map(Object.entries(record?.targets ?? {}).map(([path, found]) => [found.place ?? path, found]));
  const claimed = new Map(
    openStore(storageRoot)
      .states.others(toolPath(storageRoot, name))
      .filter(({ standing }) => standing === "other")
      .flatMap(({ manifest, targets }) =>
        Object.entries(targets).map(([path, { place = path }]): [string, string] => [place, manifest]),
      ),
  );
  const containment = new Containment({ project: host.home, storageRoot, home: host.home });
  const facts: MachineFacts = {
    ownedAt: (path) => own.get(placeOf(path)) ?? null,
    claimedByOther: (path) => claimed.get(placeOf(path)) ?? null,
    destinationOf: (path, text) => resolve(dirname(path), text),
    isStoreLink: () => false,
    sourceAt: () => null,
    checkPlace(path) {
      containment.check(dirname(path), false);
      const failure = unwritableDirectory(dirname(path));
      if (failure !== null) throw failure;
    },
    checkInside: () => {},
    contentOf: contentOnDisk,
    sightOf() {
      throw new EdenError("INTERNAL", "a tool has no targets elsewhere");
    },
    force: false,
  };
  return { storageRoot, record, facts, containment };
}

/**
 * The directories of the user that serve agents.
 * @param ids default: the agents that are installed here.
 * @throws EdenError `UNKNOWN_AGENT`.
 */
export function directoriesFor(ids: readonly string[] | undefined, host: Host = currentHost()) {
  const unknown = ids?.find((id) => !knownAgents.has(id));
  if (unknown !== undefined) throw new EdenError("UNKNOWN_AGENT", `no agent is called ${JSON.stringify(unknown)}`);
  const agents = ids ?? detectAgents(host, { agents: knownAgents, scope: "global" });
  return leastDirectories(agents, "global", { ...host, agents: knownAgents, manifestDirectory: host.home });
}
