import * as z from "zod/mini";
import { described } from "../format/described.js";
import { ALL_GROUPS, GROUP_NAME, GROUP_NAME_FORM } from "../names/group-name.js";
import { modeSchema } from "./skill-schema.js";
import { incompleteTargetSchema, targetSchema } from "./target-schema.js";

const MACHINE_GROUP = new RegExp(`^\\${ALL_GROUPS}$|${GROUP_NAME.source}`, "u");

/** `[defaults]` */
export const defaultsSchema = z.strictObject({
  targets: described(z.optional(z.array(targetSchema).check(z.minLength(1))), "The targets of skills that name none."),
  mode: described(z._default(modeSchema, "symlink"), "The mode of skills that name none."),
  groups: described(
    z._default(z.array(z.string().check(z.regex(MACHINE_GROUP, `${GROUP_NAME_FORM}; "${ALL_GROUPS}" is all`))), [
      ALL_GROUPS,
    ]),
    'The groups that this machine has; "*" for all.',
  ),
});

/** The same without invalid fields. */
export const incompleteDefaultsSchema = () =>
  z.extend(defaultsSchema, {
    targets: z.optional(z.array(incompleteTargetSchema())),
    // eslint-disable-next-line promise/valid-params -- it is zod's
    groups: z.catch(defaultsSchema.shape.groups, [ALL_GROUPS]),
  });

export type DefaultsDocument = z.output<ReturnType<typeof incompleteDefaultsSchema>>;
