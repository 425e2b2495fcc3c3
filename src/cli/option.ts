/** One option of a command line. */
interface Option {
  /** "flag" takes no value, "text" takes one, "list" takes one or several and may be given again. */
  kind: "flag" | "text" | "list";
  describe: string;
  /** One letter. */
  short?: string;
}

/** Options by name, without their dashes. */
export type Options = Readonly<Record<string, Option>>;
