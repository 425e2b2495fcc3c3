import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import {
  Capabilities,
  capabilitiesHash,
  capabilitiesOf,
  capabilityDelta,
} from "../../../src/skill/audit/capabilities.js";

type Mode = "100644" | "100755" | "120000";
const list = async (files: Record<string, string | [string, Mode]>) =>
  await capabilitiesOf(
    Object.entries(files).map(([path, file]) => {
      const [text, mode] = typeof file === "string" ? [file, "100644" as const] : file;
      return { path, mode, content: Buffer.from(text) };
    }),
  );

it("lists what a skill can do, each kind by its bytes [R-AUDIT-42]", async () => {
  const found = await list({
    "SKILL.md": [
      "---\nname: x\nallowed-tools: Read, Bash(git add *)\n---",
      "See https://a.example/x and `python scripts/a.py`, and set OPENAI_API_KEY.",
      "```bash\n$ sudo -E curl -s https://b.example \\\n  -o x && jq . x | ./scripts/show.sh\nNAME=1 git status; cd /tmp/work\ncat <<EOF\nnonsense here\nEOF\n```",
      "```\nsrc directory\nnpm install\n```",
      "```json\nnotacommand 1\n```",
      "Reads `~/.netrc`, $HOME/.ssh/id_rsa, /etc/hosts and .env; not https://a.example/etc/hosts or 1/2.",
      "claude mcp add --transport http tracker https://c.example",
    ].join("\n"),
    "scripts/a.py": 'import os\nos.environ["A_TOKEN"], os.getenv("lower")\n',
    "scripts/run": ["#!/usr/bin/env -S node --no-warnings\nprocess.env.B; $HOME\n", "100755"],
    "scripts/show.sh": "#!/bin/bash\necho ${MY_PLACE:-x} $1 >/dev/null\n",
    "tool.exe": ["\0binary https://never.example", "100755"],
    ".mcp.json": '{"mcpServers":{"db":{"command":"npx","args":["x"]},"far":{"url":"https://m.example/sse"}}}',
    "agent.toml": "[mcp_servers.local]\n",
    link: ["scripts/a.py", "120000"],
  });
  expect(found).toEqual([
    "command: ./scripts/show.sh",
    "command: cat",
    "command: curl",
    "command: git",
    "command: jq",
    "command: npm",
    "command: python",
    "file: .env",
    "file: /etc/hosts",
    "file: /tmp/work",
    "file: ~/.netrc",
    "file: ~/.ssh/id_rsa",
    "host: a.example",
    "host: b.example",
    "host: c.example",
    "host: m.example",
    "mcp: db (npx)",
    "mcp: far (m.example)",
    "mcp: local",
    "mcp: tracker",
    "script: scripts/a.py (python)",
    "script: scripts/run (node)",
    "script: scripts/show.sh (bash)",
    "script: tool.exe (executable)",
    "tool: Bash(git add *)",
    "tool: Read",
    "variable: A_TOKEN",
    "variable: B",
    "variable: MY_PLACE",
    "variable: OPENAI_API_KEY",
    "variable: lower",
  ]);
});

it("does not depend on the order of the files, and has a hash with the edition of its rules [R-AUDIT-42]", async () => {
  const files: Record<string, string> = { "SKILL.md": "https://a.example", "a.sh": "date", "b.py": "1" };
  const listing = await list(files);
  const reversed = await list(Object.fromEntries(Object.entries(files).toReversed()));
  expect(reversed).toEqual(listing);
  expect(capabilitiesHash(listing)).toMatch(/^1:sha256-[A-Za-z0-9+/]{43}=$/u);
  expect(capabilitiesHash(reversed)).toBe(capabilitiesHash(listing));
  expect(capabilitiesHash([...listing, "host: b.example"])).not.toBe(capabilitiesHash(listing));
  expect(capabilityDelta(["host: a", "host: b"], ["host: b", "tool: c"])).toEqual({
    added: ["tool: c"],
    removed: ["host: a"],
  });
});

it("cannot be flooded, shows no secret and no hidden character, and lets no long value hide [R-AUDIT-42]", async () => {
  const long = "x".repeat(300);
  const hosts = Array.from({ length: 3000 }, (_, n) => `https://h${n}.example`);
  const found = await list({
    "SKILL.md": `---\nname: x\nallowed-tools: "Bash(curl ghp_${"a1B2".repeat(9)})"\n---\n${hosts.join("\n")}`,
    [`a\u200b${long}1.sh`]: "date",
    [`a\u200b${long}2.sh`]: "date",
  });
  expect(found.filter((line) => line.startsWith("host: "))).toHaveLength(501);
  expect(found).toContainEqual(expect.stringMatching(/^host: 2500 more \([0-9a-f]{12}\)$/u));
  expect(found).toContain("tool: Bash(curl ghp_…)");
  const scripts = found.filter((line) => line.startsWith("script: "));
  expect(scripts).toEqual([
    expect.stringMatching(/^script: aU\+200Bx+… \([0-9a-f]{12}\)$/u),
    expect.stringMatching(/^script: aU\+200Bx+… \([0-9a-f]{12}\)$/u),
  ]);
  expect(new Set(scripts).size).toBe(2);
  const before = [...hosts.slice(1), "https://other.example"];
  const others = await list({ "SKILL.md": before.join("\n") });
  expect(others.find((line) => line.includes(" more "))).not.toBe(found.find((line) => line.includes(" more ")));
});

it("names a configuration of MCP servers that it cannot read [R-AUDIT-42]", async () => {
  expect(await list({ ".mcp.json": "{ // comment\n}", "plugin.json": '{"mcpServers": 1}' })).toEqual([
    "mcp: .mcp.json (unreadable)",
    "mcp: plugin.json (unreadable)",
  ]);
});

it("takes a time in proportion to the size [R-AUDIT-07]", async () => {
  const hostile = [
    "$A_B".repeat(200_000),
    `~/${"a".repeat(900_000)}`,
    "/etc/".repeat(180_000),
    "```sh\n".repeat(150_000),
    `\`\`\`sh\n${"A=1 ".repeat(200_000)}`,
    `mcp add ${"--a b ".repeat(150_000)}`,
    "a;".repeat(400_000),
    "_KEY_KEY".repeat(110_000),
    `\`node ${"x".repeat(900_000)}`,
  ];
  for (const text of hostile) {
    // Processor time: what else the machine does must not count.
    const started = process.cpuUsage();
    await list({ "SKILL.md": text });
    expect(process.cpuUsage(started).user, text.slice(0, 20)).toBeLessThan(2_000_000);
  }
});

it("examines the first MiB of a text, and says that there is more [R-AUDIT-42]", async () => {
  const [text, rest] = [`https://a.example\n${" ".repeat(1024 * 1024)}`, "https://b.example\n"];
  expect(await list({ "notes.txt": text + rest })).toEqual(["host: a.example", "unread: notes.txt after 1 MiB"]);
  expect(await list({ "tool.bin": `\0${text}` })).toEqual([]);
});

it("a key of the front matter may be written with an escape [R-AUDIT-42]", async () => {
  for (const key of ["allowed-tools", '"allowed\\x2dtools"', "'allowed-tools'"])
    expect(await list({ "SKILL.md": `---\n${key}: Read\n---\n` })).toEqual(["tool: Read"]);
});

it("the order of the files changes nothing, and no buffer is kept [R-AUDIT-42]", async () => {
  const heads = { "SKILL.md": "---\nallowed-tools: Read\n---\n", "skill.md": "---\nallowed-tools: Edit\n---\n" };
  const listings = [Object.entries(heads), Object.entries(heads).toReversed()].map(async (files) => {
    const capabilities = new Capabilities();
    for (const [path, text] of files) {
      const content = Buffer.from(text);
      capabilities.add({ path, mode: "100644", content });
      content.fill(0);
    }
    return await capabilities.listing();
  });
  expect(await Promise.all(listings)).toEqual([["tool: Edit"], ["tool: Edit"]]);
});

it("a value does not keep its text in memory [R-AUDIT-42]", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const filler = "word ".repeat(200_000);
  collect();
  const before = process.memoryUsage().heapUsed;
  const all = Array.from({ length: 40 }, (_, n) => {
    const capabilities = new Capabilities();
    const content = Buffer.from(`${filler} ~/.config/a-long-name-of-a-directory/${n} A_VERY_LONG_NAME_OF_A_TOKEN`);
    capabilities.add({ path: "SKILL.txt", mode: "100644", content });
    return capabilities;
  });
  collect();
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
  expect(all).toHaveLength(40);
});
