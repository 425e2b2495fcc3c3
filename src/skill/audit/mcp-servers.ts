import { posix } from "node:path";
import * as z from "zod/mini";
import { parseJson } from "../../system/parse-json.js";
import { hostsIn } from "./hosts.js";

const server = z.object({ command: z.optional(z.string()), url: z.optional(z.string()) });
const servers = z.record(z.string(), server);
const configuration = z.object({ mcpServers: servers });

/** Servers that one file may name; the rest of a hostile file is not read. */
const MOST = 1000;

/**
 * The MCP servers that a file configures: `NAME (PROGRAM or host)` from `.mcp.json` and the manifests
 * of plugins; from TOML and from commands that add one, the name alone.
 */
export function mcpServersIn(path: string, text: string): string[] {
  if (/\.json$/iu.test(path))
    return /mcp/i.test(text) || posix.basename(path) === ".mcp.json" ? inJson(path, text) : [];
  // To search for a text is much cheaper than to match.
  const added = text.includes("mcp") ? text.matchAll(ADDED) : [];
  const inToml = text.includes("[mcp_servers.") ? text.matchAll(IN_TOML) : [];
  return [...added, ...inToml].map(({ 1: name = "" }) => name).slice(0, MOST);
}

const ADDED =
  /\bmcp\s{1,4}add(?:-json)?\s{1,4}(?:-{1,2}[\w-]{1,20}(?:[ =](?!-)[\w:./-]{1,80})?\s{1,4}){0,6}["']?([\w.@/-]{1,80})/g;
const IN_TOML = /^\s{0,8}\[mcp_servers\.["']?([\w.@/-]{1,80}?)["']?\]/gm;

function inJson(path: string, text: string): string[] {
  const found = parseJson(configuration, text)?.mcpServers ?? (isMcpFile(path) ? parseJson(servers, text) : null);
  // What an agent may read in another way must not go unseen.
  if (found === null) return /"mcpServers"/u.test(text) || isMcpFile(path) ? [`${path} (unreadable)`] : [];
  return Object.entries(found)
    .slice(0, MOST)
    .map(([name, { command, url }]) => {
      const at = url === undefined ? undefined : ([...hostsIn(url).keys()][0] ?? "unknown host");
      return `${name} (${command ?? at ?? "unknown"})`;
    });
}

function isMcpFile(path: string): boolean {
  return /^\.?mcp\.json$/iu.test(posix.basename(path));
}
