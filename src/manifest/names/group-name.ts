/** The grammar of a group's name; also the pattern in the JSON Schema. */
export const GROUP_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** In the list of a machine's groups: all groups. */
export const ALL_GROUPS = "*";
