import { dirname, join, resolve } from "node:path";
import { EdenError, sanitize } from "../errors.js";
import { isLoopback } from "../manifest/source/remote-url.js";
import type { Host } from "../system/host.js";
import { lstatIfExists, readTextIfExists } from "../system/read-files.js";

const PUBLIC_REGISTRY = "https://registry.npmjs.org/";

/**
 * npm's settings of the owner: from the environment (`npm_config_…`), the project's `.npmrc`, and
 * the user's. The project's file may have been cloned, so it chooses registries, but it has no
 * credentials and no variables (decision 0094).
 */
export class NpmSettings {
  readonly #registries: Settings;
  readonly #credentials: Settings;

  constructor({ env, home, cwd }: Pick<Host, "env" | "home" | "cwd">) {
    const own = fromEnvironment(env);
    const user = parse(readTextIfExists(resolve(home, own.get("userconfig") ?? ".npmrc")) ?? "", env);
    const project = parse(readTextIfExists(projectFile(cwd)) ?? "", null);
    this.#registries = new Map([...user, ...project, ...own]);
    this.#credentials = new Map([...user, ...own]);
  }

  /**
   * The registry of a package, with a slash at its end.
   * @throws EdenError `POLICY_DENIED` for http to another machine.
   */
  registryOf(name: string): URL {
    const scope = name.startsWith("@") ? name.slice(0, name.indexOf("/")) : null;
    const text = (scope && this.#registries.get(`${scope}:registry`)) ?? this.#registries.get("registry");
    const address = `${(text || PUBLIC_REGISTRY).replace(/\/+$/u, "")}/`;
    const url = URL.canParse(address) ? new URL(address) : null;
    const isAllowed = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
    if (url !== null && isAllowed) return url;
    throw new EdenError("POLICY_DENIED", `npm's registry ${sanitize(address)} is not reached by https`, {
      stage: "fetch",
      hint: "`npm config get registry` shows it; .npmrc sets it.",
    });
  }

  /** The value of `Authorization` for an address: the credentials for the longest part of it. */
  authorizationFor(url: URL): string | null {
    for (let path = url.pathname; ; path = path.slice(0, path.lastIndexOf("/", path.length - 2) + 1)) {
      const of = (key: string) => this.#credentials.get(`//${url.host}${path}:${key}`);
      const token = of("_authToken");
      if (token !== undefined) return `Bearer ${token}`;
      const [name, password] = [of("username"), of("_password")];
      const basic =
        of("_auth") ?? (name && password && base64(`${name}:${Buffer.from(password, "base64").toString()}`));
      if (basic) return `Basic ${basic}`;
      if (path === "/" || path === "") return null;
    }
  }
}

type Settings = Map<string, string>;

function fromEnvironment(env: Host["env"]): Settings {
  const entries = Object.entries(env).flatMap(([name, value]): [string, string][] => {
    const key = /^npm_config_(?<key>.+)$/iu.exec(name)?.groups?.["key"];
    if (key === undefined || !value) return [];
    return [[key.includes(":") ? key : key.toLowerCase(), value]];
  });
  return new Map(entries);
}

/** @param env the variables that `${NAME}` stands for; null: a value with one is left out. */
function parse(text: string, env: Host["env"] | null): Settings {
  const settings: Settings = new Map();
  for (const line of text.split(/\r?\n/u)) {
    const match = /^\s*(?<key>[^#;=\s][^=]*?)\s*=\s*(?<value>.*?)\s*$/u.exec(line)?.groups;
    if (match === undefined) continue;
    const { key = "", value = "" } = match;
    const plain = value.replaceAll(/^(["'])(.*)\1$/gu, "$2");
    if (env === null && plain.includes("${")) continue;
    settings.set(
      key,
      plain.replaceAll(/\$\{(\w+)\??\}/gu, (_, name: string) => env?.[name] ?? ""),
    );
  }
  return settings;
}

/** The nearest `.npmrc`, up to the root of the repository. */
function projectFile(directory: string): string {
  const path = join(directory, ".npmrc");
  const parent = dirname(directory);
  const isLast = parent === directory || lstatIfExists(join(directory, ".git")) !== null;
  return isLast || lstatIfExists(path) !== null ? path : projectFile(parent);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
