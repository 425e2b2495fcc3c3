import * as z from "zod/mini";
import { described } from "../format/described.js";
import { coded } from "../format/coded-issues.js";
import { duration, integer, size } from "../format/fields.js";

const permits = integer(1, 100);

const load = z.strictObject({
  memory_high: described(z._default(integer(0, 100), 85), "Percent of memory in use above which the limit falls."),
  cpu_low: described(z._default(integer(0, 100), 40), "Percent of CPU below which the limit may rise."),
  cpu_high: described(z._default(integer(0, 100), 80), "Percent of CPU above which the limit falls."),
  queue_low: described(z._default(integer(), 2), "Waiting tasks below which a busy machine gets a lower limit."),
  queue_high: described(z._default(integer(), 20), "Waiting tasks above which an idle machine gets a higher limit."),
  interval: described(z.prefault(duration(10), "500ms"), "How often the machine is measured."),
});

/** `[reactor]` */
export const reactorSchema = z.strictObject({
  concurrency: described(
    z.optional(
      z
        .union([permits, z.literal("auto")], 'expected a whole number from 1 to 100, or "auto"')
        .check(coded("INVALID_CONCURRENCY")),
    ),
    'Repositories in flight: 1 to 100, or "auto"; 10 when absent.',
  ),
  min_concurrency: described(
    z._default(permits.check(coded("INVALID_CONCURRENCY")), 1),
    "No governor lowers the limit below this, unless descriptors or processes run out.",
  ),
  adaptive: described(z._default(z.boolean(), true), "False: only descriptor exhaustion may lower the limit."),
  timeout: described(
    z.prefault(duration(), "120s"),
    "Timeout of one attempt at one repository, from the time when its permit is granted.",
  ),
  stall_timeout: described(z.prefault(duration(), "30s"), "A git process that makes no progress is ended after this."),
  retries: described(z._default(integer(0, 100), 2), "How often a transient failure is retried."),
  deadline: described(z.optional(duration()), "Budget for the whole sync phase; none when absent."),
  max_failures: described(
    z.optional(integer()),
    "Budget: the rest is cancelled after more failed repositories than this; none when absent.",
  ),
  max_download: described(z.optional(size()), "Budget for bytes received; none when absent."),
  load: described(z.prefault(load, {}), "Thresholds of the memory and load governors."),
});

/** `[limits]` */
export const limitsSchema = z.strictObject({
  max_files: described(z._default(integer(1), 2000), "Files."),
  max_bytes: described(z.prefault(size(Number.MAX_SAFE_INTEGER), "64MiB"), "Bytes of all its files."),
  max_file_bytes: described(z.prefault(size(Number.MAX_SAFE_INTEGER), "8MiB"), "Bytes of one file."),
  max_depth: described(z._default(integer(1, 1000), 32), "Nested directories."),
});

/** `[store]` */
export const storeSchema = z.strictObject({
  remote: described(
    z.optional(z.string()),
    "A repository of an OCI registry, as oci://host/repository, that is asked for locked skills before their own repositories are.",
  ),
  timeout: described(
    z.prefault(duration(1), "5s"),
    "How long a run waits for an entry of it, and one second more for each MiB; then the run does without it.",
  ),
});
