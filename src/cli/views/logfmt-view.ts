import { oneLine } from "./one-line.js";

/**
 * A document as lines of `key=value`: one for each object in its lists (`event=skill id=…`), those of
 * inner lists after the object that has them (`event=target skill=web-design path=…`), and a last one
 * for everything else (`event=result command=apply …`).
 */
export function logfmtLines(document: object): string[] {
  return Array.isArray(document) ? itemLines("item", document, []) : linesOf("result", document, [], "last");
}

type Pair = readonly [key: string, value: unknown];

/** @param place of the line of the object itself, among those of its lists. */
function linesOf(event: string, item: object, above: readonly Pair[], place: "first" | "last"): string[] {
  const pairs = Object.entries(item).flatMap(([key, value]) => flat(key, value));
  const isList = ([, value]: Pair) => Array.isArray(value) && value.some((one) => typeof one === "object");
  const own = [["event", event], ...above, ...pairs.filter((pair) => !isList(pair))] satisfies Pair[];
  const line = own.map(([key, value]) => `${key}=${text(value)}`).join(" ");
  const id = "id" in item ? item.id : undefined;
  const within = id === undefined ? above : [[event, id] as const];
  const inner = pairs.filter(isList).flatMap(([key, value]) => itemLines(singular(key), value as object[], within));
  return place === "first" ? [line, ...inner] : [...inner, line];
}

function itemLines(event: string, items: readonly object[], above: readonly Pair[]): string[] {
  return items.flatMap((item) => linesOf(event, item, above, "first"));
}

/** An inner object as `summary.sync.cloned`. */
function flat(key: string, value: unknown): Pair[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[key, value]];
  return Object.entries(value).flatMap(([inner, one]) => flat(`${key}.${inner}`, one));
}

function text(value: unknown): string {
  const plain = oneLine(Array.isArray(value) ? value.join(",") : String(value ?? ""));
  return /^[^\s"=]*$/u.test(plain) ? plain : `"${plain.replace(/["\\]/gu, String.raw`\$&`)}"`;
}

function singular(key: string): string {
  return (key.split(".").at(-1) ?? key).replace(/ies$/u, "y").replace(/s$/u, "");
}
