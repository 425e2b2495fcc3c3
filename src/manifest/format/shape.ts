/**
 * The shape of a document as a value: which keys it has, what each may hold, and how that becomes what the program uses.
 * One value serves the reader, which must start fast and so loads no schema library, and the JSON Schema, so the two agree.
 */
export type Shape = Leaf<unknown> | Table<Shapes> | List<Shape> | Dictionary<Shape>;

export interface Shapes {
  [key: string]: Shape;
}

/** One value. */
export interface Leaf<T> {
  kind: "leaf";
  /** One sentence for whoever edits the file. */
  about: string;
  /** What the file may hold, as far as JSON Schema can say it. */
  form: Form;
  read: (value: unknown) => Reading<T>;
  /** Absent: MISSING_FIELD. */
  required: boolean;
  /** What an absent field reads as; `written` is the same in the file's own notation. */
  fallback?: { written: string | number | boolean; value: T };
}

export interface Table<K extends Shapes> {
  kind: "table";
  about: string;
  keys: K;
  /** At least one of these keys; only the JSON Schema says it here, the reader's message needs more context. */
  anyOf: readonly (keyof K & string)[];
}

export interface List<I extends Shape> {
  kind: "list";
  about: string;
  item: I;
  required: boolean;
}

/** A table whose keys the user chooses. */
export interface Dictionary<I extends Shape> {
  kind: "dictionary";
  about: string;
  name: RegExp;
  value: I;
}

export type Form =
  | { type: "string"; pattern?: RegExp; values?: readonly string[] }
  | { type: "integer"; minimum: number; maximum: number }
  | { type: "boolean" }
  | { anyOf: readonly Form[] };

/** What a value means, or which problem it has. */
export type Reading<T> = { value: T } | { code: string; problem: string };

/** What a document of shape S reads as. Tables are always there; a list that is absent is undefined. */
export type Read<S> =
  S extends Leaf<infer T>
    ? T
    : S extends Table<infer K>
      ? { [N in keyof K]: Read<K[N]> }
      : S extends List<infer I>
        ? Read<I>[] | undefined
        : S extends Dictionary<infer I>
          ? Map<string, Read<I>>
          : never;

export function table<const K extends Shapes>(
  about: string,
  keys: K,
  anyOf: readonly (keyof K & string)[] = [],
): Table<K> {
  return { kind: "table", about, keys, anyOf };
}

export function list<I extends Shape>(about: string, item: I, options: { required?: boolean } = {}): List<I> {
  return { kind: "list", about, item, required: options.required ?? false };
}

export function dictionary<I extends Shape>(about: string, name: RegExp, value: I): Dictionary<I> {
  return { kind: "dictionary", about, name, value };
}

/** A leaf that must be there; it reads as undefined only where a problem was reported. */
export function required<T>(leaf: Leaf<T>): Leaf<T> {
  return { ...leaf, required: true };
}

/** A leaf that reads as `written` when it is absent. */
export function withDefault<T>(leaf: Leaf<T | undefined>, written: string | number | boolean): Leaf<T> {
  const reading = leaf.read(written);
  if (!("value" in reading) || reading.value === undefined) throw new Error(`not a default of its leaf: ${written}`);
  return { ...(leaf as Leaf<T>), fallback: { written, value: reading.value } };
}
