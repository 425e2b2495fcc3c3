import * as z from "zod";
import { lockfileShape } from "../lockfile/lockfile-shape.js";
import { manifestShape } from "../document/manifest-shape.js";
import type { Form, Leaf, Shape } from "./shape.js";

/**
 * The zod schemas of the manifest's and the lockfile's TOML documents, made from the shapes that the readers use. Import this
 * module lazily: zod takes longer to load than a manifest takes to read.
 */
export const manifestSchema = schemaOf(manifestShape);
export const lockfileSchema = schemaOf(lockfileShape);

/** The JSON Schema of `skills.toml`, for editors; what needs the whole document to judge is not in it. */
export function manifestJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(manifestSchema.meta({ title: "eden-skills manifest" }), { io: "input" });
}

/** The JSON Schema of `skills.lock`. */
export function lockfileJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(lockfileSchema.meta({ title: "eden-skills lockfile" }), { io: "input" });
}

function schemaOf(shape: Shape): z.ZodType {
  switch (shape.kind) {
    case "leaf":
      return leafSchema(shape);
    case "list": {
      const items = z.array(schemaOf(shape.item)).describe(sentence(shape.about));
      return shape.required ? items.min(1) : items.optional();
    }
    case "dictionary":
      return z.record(z.string().regex(shape.name), schemaOf(shape.value)).describe(sentence(shape.about)).optional();
    case "table": {
      const entries = Object.entries(shape.keys).map(([key, child]) => [key, schemaOf(child)] as const);
      const schema = z.strictObject(Object.fromEntries(entries)).describe(sentence(shape.about));
      const alternatives = shape.anyOf.map((key) => ({ required: [key] }));
      const complete = alternatives.length === 0 ? schema : schema.meta({ anyOf: alternatives });
      return isOptional(shape) ? complete.optional() : complete;
    }
  }
}

function leafSchema(leaf: Leaf<unknown>): z.ZodType {
  const schema = formSchema(leaf.form).describe(sentence(leaf.about));
  if (leaf.fallback !== undefined) return schema.default(leaf.fallback.written);
  return leaf.required ? schema : schema.optional();
}

function formSchema(form: Form): z.ZodType {
  if ("anyOf" in form) return z.union(form.anyOf.map(formSchema));
  switch (form.type) {
    case "boolean":
      return z.boolean();
    case "integer":
      return z.int().min(form.minimum).max(form.maximum);
    case "string":
      if (form.values !== undefined) return z.enum(form.values);
      return form.pattern === undefined ? z.string() : z.string().regex(form.pattern);
  }
}

/** A table may be left out when nothing in it must be there. */
function isOptional(shape: Shape): boolean {
  switch (shape.kind) {
    case "leaf":
    case "list":
      return !shape.required;
    case "table":
      return shape.anyOf.length === 0 && Object.values(shape.keys).every(isOptional);
    case "dictionary":
      return true;
  }
}

/** Descriptions also stand inside messages, so some begin in lower case. */
function sentence(about: string): string {
  return `${about.charAt(0).toUpperCase()}${about.slice(1)}`;
}
