/** One option of a command line. */
interface Option {
  /** "flag" takes no value, "text" takes one. */
  kind: "flag" | "text";
  describe: string;
  /** One letter. */
  short?: string;
}

/** Options by name, without their dashes. */
export type Options = Readonly<Record<string, Option>>;
