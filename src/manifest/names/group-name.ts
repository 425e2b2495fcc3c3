/** The grammar of a group's name; also the pattern in the JSON Schema. */
export const GROUP_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Says what a group's name looks like. */
export const GROUP_NAME_FORM =
  'the name of a group is 1 to 64 of letters, digits, ".", "_" and "-", and begins with a letter or a digit';

/** In the list of a machine's groups: all groups. */
export const ALL_GROUPS = "*";
