import * as z from "zod/mini";
import { EdenError, sanitize } from "../errors.js";
import { statusText } from "../git/failures/http-rules.js";
import { parseJson } from "../system/parse-json.js";
import { sha256Hex } from "../system/sha256.js";
import { askWeb, parseUrl, type WebAccess, type WebAnswer, type WebRequest } from "./ask-web.js";
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
  login: (signal: AbortSignal) => Promise<Login | null>;
}

/** What ends a transfer, and who counts its bytes. */
export type Transfer = Pick<WebRequest, "signal" | "onBytes">;

/** A manifest as the registry has it. */
export interface RegistryManifest {
  /** `sha256:<hex>` of its bytes. */
  digest: string;
  body: Buffer;
}

/** Maximum bytes of a manifest, which registries have as well. */
const MOST_MANIFEST = 4 * 1024 * 1024;

/** The media type of a manifest of an image. */
export const IMAGE_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

const MANIFEST_TYPES = [
  IMAGE_MANIFEST,
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

type Sent = Transfer & Pick<WebRequest, "method" | "body" | "headers">;

/** One repository of an OCI registry: the distribution API (OCI Distribution Specification 1.1). */
export class Distribution {
  readonly #base: string;
  readonly #repository: string;
  #authorization: Promise<string | null> = Promise.resolve(null);

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
  async manifest(reference: string, transfer: Transfer): Promise<RegistryManifest> {
    const sent = { ...transfer, headers: { Accept: MANIFEST_TYPES } };
    const { body } = await this.#get(`/manifests/${reference}`, MOST_MANIFEST, sent);
    const digest = digestOf(body);
    if (reference.startsWith("sha256:")) this.#verify(reference, digest);
    return { digest, body };
  }

  /** The content with a digest, which is verified. @throws EdenError as `manifest`. */
  async blob(digest: string, maxBytes: number, transfer: Transfer): Promise<Buffer> {
    const { body } = await this.#get(`/blobs/${digest}`, maxBytes, transfer);
    this.#verify(digest, digestOf(body));
    return body;
  }

  /** True if the registry has the content with a digest. @throws EdenError as `askWeb`. */
  async hasBlob(digest: string, transfer: Transfer): Promise<boolean> {
    const { status } = await this.#ask(this.#url(`/blobs/${digest}`), 0, { ...transfer, method: "HEAD" });
    return status === 200;
  }

  /**
   * Uploads a content in one request, unless the registry has it.
   * @throws EdenError as `manifest`.
   */
  async pushBlob(body: Buffer, transfer: Transfer): Promise<void> {
    const digest = digestOf(body);
    if (await this.hasBlob(digest, transfer)) return;
    const begun = await this.#ask(this.#url("/blobs/uploads/"), MOST_ANSWER, { ...transfer, method: "POST" });
    const place = begun.status === 202 && begun.location !== null ? parseUrl(begun.location, begun.url) : null;
    if (place === null) throw this.#failure(begun);
    place.searchParams.set("digest", digest);
    const headers = { "Content-Type": "application/octet-stream" };
    await this.#put(place, { ...transfer, body, headers });
  }

  /**
   * Gives a tag to a manifest of an image, whose contents were pushed.
   * @throws EdenError as `manifest`.
   */
  async pushManifest(tag: string, body: Buffer, transfer: Transfer): Promise<void> {
    const headers = { "Content-Type": IMAGE_MANIFEST };
    await this.#put(this.#url(`/manifests/${tag}`), { ...transfer, body, headers });
  }

  #url(path: string): URL {
    return new URL(`${this.#base}${path}`);
  }

  #verify(wanted: string, found: string): void {
    if (wanted === found) return;
    const message = `${sanitize(this.#repository)}: the registry sends ${found} for ${wanted}`;
    throw new EdenError("INTEGRITY_MISMATCH", message, { stage: "fetch" });
  }

  async #get(path: string, maxBytes: number, sent: Sent): Promise<WebAnswer> {
    const answer = await this.#ask(this.#url(path), maxBytes, sent);
    if (answer.status === 200) return answer;
    throw this.#failure(answer);
  }

  async #put(url: URL, sent: Sent): Promise<void> {
    const answer = await this.#ask(url, MOST_ANSWER, { ...sent, method: "PUT" });
    if (answer.status !== 201) throw this.#failure(answer);
  }

  #failure({ url, status, body }: WebAnswer): EdenError {
    const message = `${sanitize(url.origin + url.pathname)} ${statusText(status)}`;
    if (status === 401 || status === 403) {
      const hint = `Sign in: \`docker login ${this.access.address.host}\`.`;
      return new EdenError("FETCH_AUTH", message, { stage: "fetch", hint });
    }
    const isOfReference = /"MANIFEST_UNKNOWN"/u.test(body.toString("utf8"));
    return new EdenError(isOfReference ? "REF_NOT_FOUND" : "FETCH_NOT_FOUND", message, {
      stage: isOfReference ? "resolve" : "fetch",
      ...(isOfReference && { hint: "Check the tag or the digest." }),
    });
  }

  /** Signs in when the registry asks for it; requests at the same time share the token. */
  async #ask(url: URL, maxBytes: number, sent: Sent): Promise<WebAnswer> {
    const web = { ...this.access.web, origin: this.access.address.origin };
    const before = this.#authorization;
    const answer = await askWeb(web, url, { ...sent, maxBytes, authorization: await before });
    const { status, authenticate } = answer;
    if (status !== 401 || authenticate === null) return answer;
    // Another request may have signed in meanwhile.
    if (this.#authorization === before) {
      const asked = this.#signIn(authenticate, sent);
      this.#authorization = asked.catch(() => null);
      await asked;
    }
    const authorization = await this.#authorization;
    return authorization === null ? answer : await askWeb(web, url, { ...sent, maxBytes, authorization });
  }

  async #signIn(challenge: string, { signal, onBytes }: Transfer): Promise<string | null> {
    const login = await this.access.login(signal);
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
    const answer = await askWeb(web, url, { signal, onBytes, maxBytes: MOST_ANSWER, authorization: basic });
    const { token, access_token } = parseJson(tokenSchema, answer.body.toString("utf8")) ?? {};
    const bearer = token ?? access_token;
    return answer.status === 200 && bearer !== undefined ? `Bearer ${bearer}` : null;
  }
}

/** `sha256:<hex>`, the name of a content in a registry. */
export function digestOf(content: Buffer): string {
  return `sha256:${sha256Hex(content)}`;
}

/** Maximum bytes of an answer that has no content of the registry. */
const MOST_ANSWER = 1024 * 1024;

const tokenSchema = z.object({ token: z.optional(z.string()), access_token: z.optional(z.string()) });
