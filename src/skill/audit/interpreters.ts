const BY_ENDING: Readonly<Record<string, string>> = {
  sh: "sh",
  bash: "bash",
  zsh: "zsh",
  fish: "fish",
  py: "python",
  rb: "ruby",
  pl: "perl",
  php: "php",
  lua: "lua",
  js: "node",
  mjs: "node",
  cjs: "node",
  ts: "node",
  mts: "node",
  ps1: "powershell",
  psm1: "powershell",
  bat: "cmd",
  cmd: "cmd",
  vbs: "wscript",
  applescript: "osascript",
  awk: "awk",
  tcl: "tclsh",
};

/** What runs a script, by its first line, else by its name; `executable` if neither says it. */
export function interpreterOf(path: string, content: Buffer): string {
  const first = content.subarray(0, 200).toString("latin1").split("\n", 1)[0] ?? "";
  const named = /^#!\s{0,4}(?:\S{0,80}\/)?(?:env\s{1,4}(?:-\S{1,20}\s{1,4})?)?([\w.+-]{1,40})/u.exec(first)?.[1];
  const ending = /\.([a-z0-9]{1,12})$/iu.exec(path)?.[1]?.toLowerCase() ?? "";
  return named ?? (Object.hasOwn(BY_ENDING, ending) ? BY_ENDING[ending] : undefined) ?? "executable";
}
