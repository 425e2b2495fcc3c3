import type { Rule } from "./rule.js";

/** Damage in received data or in the mirror. */
export const OBJECT_RULES: readonly Rule[] = [
  {
    pattern: /error in (?:packed )?object [0-9a-f]+: .*|object [0-9a-f]{40,64}: \w+: .*|fsck error in .*/u,
    diagnose: ([text]) => ({ code: "SKILL_UNSAFE", message: `git refuses an object of it: ${text.trim()}` }),
  },
  {
    pattern:
      /is corrupt|inflate:|checksum mismatch|bad object|bad (?:tree|blob) object|pack has bad|index-pack failed.{0,500}corrupt|unable to read tree|not a tree object|missing (?:blob|tree|commit)|packfile .{0,500} (?:cannot be|claims|is far)|loose object .{0,500}corrupt|did not send all necessary objects|broken (?:pack|sha1)|unable to unpack|SHA1 COLLISION|mismatched algorithms|bad config line|bad shallow line|unable to resolve reference|reference broken|not a git repository: '|Cannot obtain needed (?:blob|tree|commit|tag)/u,
    diagnose: ([text]) => ({ code: "FETCH_CORRUPT", message: `objects did not verify: ${text.trim()}` }),
  },
];
