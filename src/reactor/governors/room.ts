/** What the system limits and tasks use up. */
export type ResourceName = "open files" | "processes";

/** How much of a resource there is when a run begins. */
export interface Resource {
  name: ResourceName;
  /** The soft limit. */
  limit: number;
  inUse: number;
}

/** What a start-up check comes to. */
export interface Room {
  name: ResourceName;
  limit: number;
  /** How many tasks fit; at least 1. */
  fits: number;
  /** The soft limit that the requested number would need. */
  needed: number;
}

interface Cost {
  perTask: number;
  /** Kept free for what is no task. */
  reserved: number;
}

const COSTS: Record<ResourceName, Cost> = {
  // A task: three pipes of what reads the mirror and three of what fetches, its lock, and what execa adds. Beside it: files being written,
  // loading code, the lockfile, the report.
  "open files": { perTask: 10, reserved: 14 },
  // A task: git, its transport (twice over http: a wrapper and the helper), and what unpacks and checks, with a thread for each core.
  processes: { perTask: 6, reserved: 2 },
};

/** How many tasks fit below the soft limit of a resource. */
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
