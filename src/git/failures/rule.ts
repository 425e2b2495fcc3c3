/** What a failure of git means. */
export interface Diagnosis {
  /** A diagnostics code of the sync stage. */
  code: string;
  /** The cause, in its own words; foreign text in it is made harmless later. */
  message: string;
  /** One line with the next step. */
  hint?: string;
  /** Trying again changes nothing. */
  isFinal?: true;
}

/** One kind of failure, known by what git writes under LC_ALL=C. */
export interface Rule {
  pattern: RegExp;
  /** @param remote the repository's address, to be shown. */
  diagnose(match: RegExpExecArray, remote: string): Diagnosis;
}
