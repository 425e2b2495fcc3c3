import { createHash } from "node:crypto";
import type { Page } from "./site.js";

/** Where an index lies below a site. */
export const AGENT = "/.well-known/agent-skills";
const SCHEMA = "https://schemas.agentskills.io/discovery/0.2.0/schema.json";
export const sha256 = (content: string | Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;
const about = (name: string) => ({ name, description: `What ${name} is for.` });

/** An index of version 0.1 with its files. */
export function listed(skills: Record<string, Record<string, string>>, at = AGENT): Record<string, Page> {
  const entries = Object.entries(skills);
  const index = { skills: entries.map(([name, files]) => ({ ...about(name), files: Object.keys(files) })) };
  const pages = entries.flatMap(([name, files]) =>
    Object.entries(files).map(([path, text]) => [`${at}/${name}/${path}`, text] as const),
  );
  return { [`${at}/index.json`]: JSON.stringify(index), ...Object.fromEntries(pages) };
}

/** An index of version 0.2 with one artifact. */
export function artifact(
  name: string,
  file: string,
  content: string | Buffer,
  more: object = {},
): Record<string, Page> {
  const type = file.endsWith(".md") ? "skill-md" : "archive";
  const entry = { ...about(name), type, url: `${AGENT}/${file}`, digest: sha256(content), ...more };
  return {
    [`${AGENT}/index.json`]: JSON.stringify({ $schema: SCHEMA, skills: [entry] }),
    [`${AGENT}/${file}`]: content,
  };
}
