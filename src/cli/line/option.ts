import type { Arguments } from "./arguments.js";

/** One option of a command line. */
interface Option {
  /** "flag" takes no value, "text" takes one, "list" takes one or several and may be given again. */
  kind: "flag" | "text" | "list";
  describe: string;
  /** One letter. */
  short?: string;
  /** Reads the value of a text that may not be just any. @throws EdenError for one that means nothing. */
  judge?(given: Arguments): unknown;
}

/** Options by name, without their dashes. */
export type Options = Readonly<Record<string, Option>>;
