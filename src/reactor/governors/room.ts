/** A resource that the system limits and tasks use. */
export type ResourceName = "open files" | "processes";

/** The amount of a resource at the start of a run. */
export interface Resource {
  name: ResourceName;
  /** The soft limit. */
  limit: number;
  inUse: number;
}

/** The result of a start-up check. */
export interface Room {
  name: ResourceName;
  limit: number;
  /** The number of tasks that fit; at least 1. */
  fits: number;
  /** The soft limit that the requested number requires. */
  needed: number;
}

interface Cost {
  perTask: number;
  /** Reserved for everything except tasks. */
  reserved: number;
}

const COSTS: Record<ResourceName, Cost> = {
  // Per task: three pipes of the process that reads the mirror and three of the one that fetches,
  // its lock, and those of execa. Besides: at most four files being written, loading code, the
  // lockfile, the report.
  "open files": { perTask: 10, reserved: 14 },
  // Per task: git, its transport (two over http: a wrapper and the helper), and the process that
  // unpacks and checks, with a thread per core.
  processes: { perTask: 6, reserved: 2 },
};

/** The number of tasks that fit below the soft limit of a resource. */
export function roomFor(requested: number, { name, limit, inUse }: Resource): Room {
  const { perTask, reserved } = COSTS[name];
  const fits = Math.floor((limit - inUse - reserved) / perTask);
  return {
    name,
    limit,
    fits: Math.max(1, Math.min(requested, fits)),
    needed: inUse + reserved + requested * perTask,
  };
}
