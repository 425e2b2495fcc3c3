/**
 * The page's own program and its styles as text: the bundler builds them from `browser/` and puts
 * them here. They are empty when this module runs from its sources.
 */
export const SCRIPT = process.env["EDEN_SKILLS_PAGE_SCRIPT"] ?? "";
export const STYLE = process.env["EDEN_SKILLS_PAGE_STYLE"] ?? "";
