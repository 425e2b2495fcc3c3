import * as z from "zod/mini";
import { coded } from "../format/coded-issues.js";
import { duration, integer, size } from "../format/fields.js";

const permits = integer(1, 100);

const load = z.strictObject({
  memory_high: z
    ._default(integer(0, 100), 85)
    .check(z.describe("Percent of memory in use above which the limit falls.")),
  cpu_low: z._default(integer(0, 100), 40).check(z.describe("Percent of CPU below which the limit may rise.")),
  cpu_high: z._default(integer(0, 100), 80).check(z.describe("Percent of CPU above which the limit falls.")),
  queue_low: z._default(integer(), 2).check(z.describe("Waiting tasks below which a busy machine gets a lower limit.")),
  queue_high: z
    ._default(integer(), 20)
    .check(z.describe("Waiting tasks above which an idle machine gets a higher limit.")),
  interval: z.prefault(duration(10), "500ms").check(z.describe("How often the machine is measured.")),
});

/** `[reactor]` */
export const reactorSchema = z.strictObject({
  concurrency: z
    .optional(
      z
        .union([permits, z.literal("auto")], 'expected a whole number from 1 to 100, or "auto"')
        .check(coded("INVALID_CONCURRENCY")),
    )
    .check(z.describe('Repositories in flight: 1 to 100, or "auto"; 10 when absent.')),
  min_concurrency: z
    ._default(permits.check(coded("INVALID_CONCURRENCY")), 1)
    .check(z.describe("No governor lowers the limit below this, unless descriptors or processes run out.")),
  adaptive: z._default(z.boolean(), true).check(z.describe("False: only descriptor exhaustion may lower the limit.")),
  timeout: z
    .prefault(duration(), "120s")
    .check(z.describe("Timeout of one attempt at one repository, from the time when its permit is granted.")),
  stall_timeout: z
    .prefault(duration(), "30s")
    .check(z.describe("A git process that makes no progress is ended after this.")),
  retries: z._default(integer(0, 100), 2).check(z.describe("How often a transient failure is retried.")),
  deadline: z.optional(duration()).check(z.describe("Budget for the whole sync phase; none when absent.")),
  max_failures: z
    .optional(integer())
    .check(z.describe("Budget: the rest is cancelled after more failed repositories than this; none when absent.")),
  max_download: z.optional(size()).check(z.describe("Budget for bytes received; none when absent.")),
  load: z.prefault(load, {}).check(z.describe("Thresholds of the memory and load governors.")),
});

/** `[limits]` */
export const limitsSchema = z.strictObject({
  max_files: z._default(integer(1), 2000).check(z.describe("Files.")),
  max_bytes: z.prefault(size(Number.MAX_SAFE_INTEGER), "64MiB").check(z.describe("Bytes of all its files.")),
  max_file_bytes: z.prefault(size(Number.MAX_SAFE_INTEGER), "8MiB").check(z.describe("Bytes of one file.")),
  max_depth: z._default(integer(1, 1000), 32).check(z.describe("Nested directories.")),
});
