/** The version of this build; the bundler inserts it. */
export const VERSION = process.env["EDEN_SKILLS_BUILD_VERSION"] ?? "0.0.0";
