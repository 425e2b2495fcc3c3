import type { Scope } from "./manifest.js";

/** The text of a manifest without skills, with an example in a comment. */
export function newManifest(scope: Scope): string {
  return `# The skills that this ${scope === "global" ? "user's" : "project's"} agents should have. After a change: eden-skills apply
version = 1
scope = "${scope}"

# [[skills]]
# id = "web-design"
# source = "acme/skills/skills/web-design#v2.1.0"   # a branch, tag or full commit after #; the default branch when left out
# targets = ["claude-code"]
`;
}
