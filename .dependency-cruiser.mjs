// The import rules. A file imports from its own folder or from a lower rank, never sideways and never in a circle; type-only and
// dynamic imports count. Each library may be imported only in the folders that are listed for it.

/** The ranks of src/, lowest first. Folders of one rank do not import each other. */
const RANKS = [
  ["errors.ts", "version.ts"],
  ["system"],
  ["manifest"],
  ["skill"],
  ["plan", "git", "store", "targets", "reactor"],
  ["web"],
  ["archive"],
  ["run"],
  ["remote-targets"],
  ["workspace"],
  ["policy"],
  ["registry"],
  ["remote-store"],
  ["sync", "edit", "upkeep"],
  ["deploy", "source"],
  ["apply", "site", "doctor"],
  ["history", "import", "install", "update", "develop", "ship"],
  ["inspect"],
  ["propose"],
  ["manifest-commands.ts", "reactor-runs.ts"],
  ["edit-and-install.ts"],
  ["skill-reactor.ts"],
  ["index.ts"],
  ["cli"],
  ["program.ts"],
  ["main.ts"],
];

const LIBRARIES = {
  "@clack/prompts": "cli/session",
  diff: "inspect",
  execa: "system",
  listr2: "cli/progress",
  "simple-git": "git",
  "smol-toml": "manifest",
  "sortable-tablesort": "cli/page/browser",
  uplot: "cli/page/browser",
  "toml-eslint-parser": "manifest",
  picomatch: "manifest",
  semver: "manifest",
  "spdx-expression-parse": "manifest|policy",
  yaml: "manifest",
  yargs: "cli",
  zod: "system|manifest|skill|git|web|archive|store|remote-store|remote-targets|site|propose|cli",
};

const place = (name) => (name.endsWith(".ts") ? name.replace(".", "\\.") : `${name}/`);
const pathOf = (names) => `^src/(${names.map(place).join("|")})`;

export default {
  forbidden: [
    {
      name: "no-circle",
      comment: "Files that import each other cannot be understood separately.",
      severity: "error",
      from: { path: "^src/" },
      to: { circular: true },
    },
    ...RANKS.flatMap((names, rank) =>
      names.map((name) => ({
        name: `rank-of-${name}`,
        comment: "A file imports from its own folder or a lower rank.",
        severity: "error",
        from: { path: pathOf([name]) },
        to: { path: "^src/", pathNot: pathOf([...RANKS.slice(0, rank).flat(), name]) },
      })),
    ),
    {
      name: "every-folder-has-a-rank",
      severity: "error",
      from: { path: "^src/", pathNot: pathOf(RANKS.flat()) },
      to: {},
    },
    {
      name: "only-system-touches-the-machine",
      comment: "crypto, path, events and util only compute.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(system/|main\\.ts)" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(path|crypto|events|util|url|buffer)$" },
    },
    ...Object.entries(LIBRARIES).map(([library, folders]) => ({
      name: `home-of-${library}`,
      severity: "error",
      from: { path: "^src/", pathNot: `^src/(${folders})/` },
      to: { path: `^node_modules/${library}/` },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(test|dist)/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "node", "default"] },
  },
};
