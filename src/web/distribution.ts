import * as z from "zod/mini";
import { EdenError, sanitize } from "../errors.js";
import { statusText } from "../git/failures/http-rules.js";
import { parseJson } from "../system/parse-json.js";
import { sha256Hex } from "../system/sha256.js";
import { askWeb, type WebAccess, type WebAnswer, type WebRequest } from "./ask-web.js";
import { basicAuthorization } from "./credentials.js";

/** A name and a password, or a token in place of it. */
export interface Login {
  name: string;
  password: string;
}

/** How one repository of an OCI registry is reached. */
export interface RegistryAccess {
  web: Omit<WebAccess, "origin">;
  /** `https://host[:port]/owner/repository` */
  address: URL;
  /** Called when the registry asks for it; null: there is none. */
  login: () => Promise<Login | null>;
  signal: AbortSignal;
  onBytes?: ((bytes: number) => void) | undefined;
}

/** A manifest as the registry has it. */
export interface RegistryManifest {
  /** `sha256:<hex>` of its bytes. */
  digest: string;
  body: Buffer;
}

const MOST_MANIFEST = 4 * 1024 * 1024;

const MANIFEST_TYPES = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

/** One repository of an OCI registry: the distribution API (OCI Distribution Specification 1.1). */
export class Distribution {
  readonly #base: string;
  readonly #repository: string;
  #authorization: string | null = null;

  constructor(private readonly access: RegistryAccess) {
    const { origin, pathname } = access.address;
    this.#base = `${origin}/v2${pathname}`;
    this.#repository = pathname.slice(1);
  }

  /**
   * The manifest of a tag or a digest, which is verified.
   * @throws EdenError `REF_NOT_FOUND`, `FETCH_NOT_FOUND`, `FETCH_AUTH`, `INTEGRITY_MISMATCH`; as
   *   `askWeb`.
   */
  async manifest(reference: string): Promise<RegistryManifest> {
    const { body } = await this.#get(`/manifests/${reference}`, MOST_MANIFEST, { Accept: MANIFEST_TYPES });
    const digest = `sha256:${sha256Hex(body)}`;
    if (reference.startsWith("sha256:")) this.#verify(reference, digest);
    return { digest, body };
  }

  /** The content with a digest, which is verified. @throws EdenError as `manifest`. */
  async blob(digest: string, maxBytes: number): Promise<Buffer> {
    const { body } = await this.#get(`/blobs/${digest}`, maxBytes, {});
    this.#verify(digest, `sha256:${sha256Hex(body)}`);
    return body;
  }

  #verify(wanted: string, found: string): void {
    if (wanted === found) return;
    const message = `${sanitize(this.#repository)}: the registry sends ${found} for ${wanted}`;
    throw new EdenError("INTEGRITY_MISMATCH", message, { stage: "fetch" });
  }

  async #get(path: string, maxBytes: number, headers: Readonly<Record<string, string>>): Promise<WebAnswer> {
    const answer = await this.#ask(new URL(`${this.#base}${path}`), { ...this.#request(maxBytes), headers });
    if (answer.status === 200) return answer;
    const message = `${sanitize(answer.url.href)} ${statusText(answer.status)}`;
    if (answer.status === 401 || answer.status === 403)
      throw new EdenError("FETCH_AUTH", message, {
        stage: "fetch",
        hint: `Sign in: \`docker login ${this.access.address.host}\`.`,
      });
    const isOfReference = /"MANIFEST_UNKNOWN"/u.test(answer.body.toString("utf8"));
    throw new EdenError(isOfReference ? "REF_NOT_FOUND" : "FETCH_NOT_FOUND", message, {
      stage: isOfReference ? "resolve" : "fetch",
      ...(isOfReference && { hint: "Check the tag or the digest." }),
    });
  }

  /** Signs in when the registry asks for it, once. */
  async #ask(url: URL, request: WebRequest): Promise<WebAnswer> {
    const web = { ...this.access.web, origin: url.origin };
    const answer = await askWeb(web, url, { ...request, authorization: this.#authorization });
    if (answer.status !== 401 || answer.authenticate === null) return answer;
    this.#authorization = await this.#signIn(answer.authenticate);
    if (this.#authorization === null) return answer;
    return await askWeb(web, url, { ...request, authorization: this.#authorization });
  }

  async #signIn(challenge: string): Promise<string | null> {
    const login = await this.access.login();
    const basic = login === null ? null : basicAuthorization(login.name, login.password);
    if (/^basic\b/iu.test(challenge)) return basic;
    const values = Object.fromEntries(
      [...challenge.matchAll(/(\w+)="([^"]*)"/gu)].map(([, key, value]) => [key, value]),
    );
    const { realm, service } = values;
    if (!/^bearer\b/iu.test(challenge) || realm === undefined || !URL.canParse(realm)) return null;
    const url = new URL(realm);
    if (url.protocol !== "https:" && url.hostname !== this.access.address.hostname) return null;
    if (service !== undefined) url.searchParams.set("service", service);
    url.searchParams.set("scope", values["scope"] ?? `repository:${this.#repository}:pull`);
    const web = { ...this.access.web, origin: url.origin };
    const answer = await askWeb(web, url, { ...this.#request(MOST_MANIFEST), authorization: basic });
    const { token, access_token } = parseJson(tokenSchema, answer.body.toString("utf8")) ?? {};
    const bearer = token ?? access_token;
    return answer.status === 200 && bearer !== undefined ? `Bearer ${bearer}` : null;
  }

  #request(maxBytes: number): WebRequest {
    const { signal, onBytes } = this.access;
    return { maxBytes, signal, onBytes };
  }
}

const tokenSchema = z.object({ token: z.optional(z.string()), access_token: z.optional(z.string()) });
