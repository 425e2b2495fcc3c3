/** The meaning of a failure of git. */
export interface Diagnosis {
  /** A diagnostics code of the sync stage. */
  code: string;
  /** The specific cause; foreign text in it is sanitized later. */
  message: string;
  /** One line with the next step. */
  hint?: string;
  /** A retry cannot change the result. */
  isFinal?: true;
}

/** One kind of failure, recognised by git's text under LC_ALL=C. */
export interface Rule {
  pattern: RegExp;
  /** @param remote the repository's address, for display. */
  diagnose(match: RegExpExecArray, remote: string): Diagnosis;
}
