/** One skill of a manifest written by a test. */
export interface SkillSpec {
  id: string;
  repo: string;
  ref?: string;
  subpath?: string;
  mode?: "symlink" | "copy";
  agents?: readonly string[];
  /** Lines between the id and the source, as TOML. */
  extra?: string;
}

/** A manifest of these skills as TOML; `head` goes between the version and the first skill. */
export function manifestOf(skills: readonly SkillSpec[], head = 'scope = "global"'): string {
  const text = (value: string) => JSON.stringify(value);
  const lines = ["version = 1", head];
  for (const { id, repo, ref, subpath, mode, agents = ["claude-code"], extra } of skills) {
    lines.push("", "[[skills]]", `id = ${text(id)}`);
    if (extra !== undefined) lines.push(extra);
    lines.push("[skills.source]", `repo = ${text(repo)}`);
    if (ref !== undefined) lines.push(`ref = ${text(ref)}`);
    if (subpath !== undefined) lines.push(`subpath = ${text(subpath)}`);
    if (mode !== undefined) lines.push("[skills.install]", `mode = ${text(mode)}`);
    for (const agent of agents) lines.push("[[skills.targets]]", `agent = ${text(agent)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** A SKILL.md that every agent loads. */
export function skillText(name: string, body = "Do it well."): string {
  return `---\nname: ${name}\ndescription: What ${name} is for.\n---\n\n${body}\n`;
}
