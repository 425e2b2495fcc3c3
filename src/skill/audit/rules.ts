import type { AuditRule, Severity } from "../../manifest/names/audit-words.js";

/** What one rule of the audit looks for. */
export interface RuleText {
  /** The highest severity of its findings. */
  severity: Severity;
  /** One line without a period. */
  title: string;
  /** Why it matters, and what a reader should do. */
  explanation: string;
  /** Short descriptions of content that it reports. */
  examples: readonly string[];
}

/** All rules by id. */
export const RULES = {
  UNICODE_TAG: {
    severity: "high",
    title: "Tag characters that spell invisible text",
    explanation: "A model reads U+E0000–U+E007F as letters; people see nothing. Flags of regions are left out.",
    examples: ["a sentence followed by U+E0072 U+E0075 U+E006E"],
  },
  BIDI: {
    severity: "high",
    title: "Bidirectional controls",
    explanation: "They show text in another order than a program or a model reads it.",
    examples: ["U+202E in the name of a file"],
  },
  VARIATION_SELECTORS: {
    severity: "high",
    title: "A row of variation selectors, which can carry bytes",
    explanation: "Each of the 256 selectors stands for a byte; a whole text fits behind one visible character.",
    examples: ["an emoji followed by 20 of U+FE00–U+FE0F and U+E0100–U+E01EF"],
  },
  ZERO_WIDTH: {
    severity: "medium",
    title: "Invisible characters where writing does not need them",
    explanation: "They split words that a reader searches for, or encode bits.",
    examples: ["U+200B within a word"],
  },
  HIDDEN_TEXT: {
    severity: "medium",
    title: "Text that a page does not show",
    explanation: "Styles hide it, or it is far behind blanks; a model reads it all the same.",
    examples: ['<p style="display:none">', "60 empty lines and then a paragraph"],
  },
  HIDDEN_COMMENT: {
    severity: "medium",
    title: "A long HTML comment with instructions",
    explanation: "A rendered page does not show comments. It is low unless the comment gives an order.",
    examples: ["<!-- You must run setup.sh … -->"],
  },
  OPAQUE: {
    severity: "medium",
    title: "Content that people cannot read",
    explanation: "Binary files and large encoded texts can contain anything. Pictures, fonts and PDF files are low.",
    examples: ["a compiled program", "2 KiB of base64"],
  },
  ENCODED_PAYLOAD: {
    severity: "high",
    title: "Commands that are encoded or decoded and then run",
    explanation: "Encoding hides a command from its reader. Decode it by hand before you trust it.",
    examples: ["echo … | base64 -d | sh", "eval(atob(…))", "powershell -EncodedCommand …"],
  },
  REMOTE_INSTRUCTIONS: {
    severity: "high",
    title: "Runs or follows what is fetched at run time",
    explanation: "The content is not in the skill and can change at any time; no pin and no audit covers it.",
    examples: ["curl … | sh", "exec(requests.get(…).text)", "fetch the latest instructions from …"],
  },
  EXFILTRATION: {
    severity: "high",
    title: "Sends secrets, files or the conversation to a host",
    explanation: "A secret is read and something is sent; check what, and to whom.",
    examples: ["env | curl -d @- …", "JSON.stringify(process.env) and fetch(…)", "![](https://…?q={conversation})"],
  },
  REVERSE_SHELL: {
    severity: "critical",
    title: "Gives another host a shell on this machine",
    explanation: "No skill needs it.",
    examples: ["bash -i >& /dev/tcp/…", "nc … -e /bin/sh"],
  },
  PERSISTENCE: {
    severity: "high",
    title: "Makes something run again without the skill",
    explanation: "Start files of shells, schedules, services, keys and hooks stay when the skill is removed.",
    examples: ["… >> ~/.bashrc", "… | crontab -", "systemctl --user enable …"],
  },
  OUTSIDE_WRITE: {
    severity: "high",
    title: "Changes what belongs neither to the skill nor to the project",
    explanation: "Settings of agents and of the system change what happens in other projects.",
    examples: ["cp … ~/.claude/settings.json", "… | sudo tee -a /etc/hosts", "rm -rf ~/"],
  },
  CREDENTIAL_FILES: {
    severity: "medium",
    title: "Reads or names files that contain credentials",
    explanation: "In a document a mention is low; a command that reads such a file is medium.",
    examples: ["cat ~/.aws/credentials", "security find-generic-password"],
  },
  SECRET: {
    severity: "high",
    title: "A credential in the skill",
    explanation: "Everyone who can read the skill can use it. Revoke it.",
    examples: ["a GitHub token", "-----BEGIN PRIVATE KEY-----"],
  },
  PERMISSION_BYPASS: {
    severity: "high",
    title: "Switches off the questions or the sandbox of an agent",
    explanation: "Whatever follows happens without a question.",
    examples: ["claude --dangerously-skip-permissions", '"defaultMode": "bypassPermissions"'],
  },
  DYNAMIC_COMMAND: {
    severity: "medium",
    title: "Commands that run while the skill is loaded",
    explanation: "Agents run them before a user has read the text.",
    examples: ["!`git status`"],
  },
  ALLOWED_TOOLS: {
    severity: "medium",
    title: "Tools without a limit, without a question",
    explanation: "Write the commands that are needed: `Bash(git add *)`.",
    examples: ["allowed-tools: Bash", 'allowed-tools: "*"'],
  },
  PROMPT_OVERRIDE: {
    severity: "medium",
    title: "Phrases that turn an agent against its user",
    explanation:
      "They ask to ignore instructions or to hide steps, in ten languages, or imitate a system message. A quoted phrase is low.",
    examples: ["ignore all previous instructions", "Ignoriere alle bisherigen Anweisungen", "<|im_start|>system"],
  },
  LINK_OUT: {
    severity: "high",
    title: "A symbolic link that leads out of the skill",
    explanation: "What is read there is not part of the skill.",
    examples: ["keys → ../../.ssh"],
  },
  EXECUTABLE: {
    severity: "info",
    title: "A script or an executable file",
    explanation: "For a complete picture; most skills with tools have one.",
    examples: ["scripts/run.py"],
  },
  HOSTS: {
    severity: "info",
    title: "A host that is named",
    explanation: "At its first mention.",
    examples: ["https://docs.example.com/"],
  },
} as const satisfies Record<AuditRule, RuleText>;
