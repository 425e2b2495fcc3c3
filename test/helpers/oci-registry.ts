import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServerProcess } from "./server-process.js";

const PROGRAM = "/usr/bin/docker-registry";

/** Whether this machine can run {@link startRegistry}; says so loudly when it cannot. */
export function registryAvailable(): boolean {
  if (existsSync(PROGRAM)) return true;
  console.warn(
    "\n*** NOT TESTED: OCI registries. This machine lacks docker-registry (apt-get install docker-registry) ***\n",
  );
  return false;
}

/** A layer or a manifest to push. */
export interface Pushed {
  mediaType: string;
  content: Buffer;
  annotations?: Record<string, string>;
}

/** An OCI registry on this machine. */
export interface OciRegistry {
  /** `127.0.0.1:PORT` */
  host: string;
  pid: number;
  /** Pushes an image of these layers. @returns the digest of its manifest. */
  push(repository: string, tag: string, layers: readonly Pushed[]): Promise<string>;
  /** Removes a manifest. */
  remove(repository: string, digest: string): Promise<void>;
  close(): Promise<void>;
}

/** The digest of a content in a registry. */
export function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** The manifest of an image of these layers. */
export function imageOf(layers: readonly Pushed[]): Pushed {
  const config = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(EMPTY), size: EMPTY.length };
  const listed = layers.map(({ mediaType, content, annotations }) => ({
    mediaType,
    digest: digestOf(content),
    size: content.length,
    ...(annotations && { annotations }),
  }));
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const document = { schemaVersion: 2, mediaType, config, layers: listed };
  return { mediaType, content: Buffer.from(JSON.stringify(document)) };
}

const EMPTY = Buffer.from("{}");

/** Starts Debian's docker-registry with an empty storage. */
export async function startRegistry(): Promise<OciRegistry> {
  const directory = mkdtempSync(join(tmpdir(), "eden-oci-"));
  mkdirSync(join(directory, "storage"));
  const configuration = join(directory, "config.yml");
  const server = await startServerProcess({
    file: PROGRAM,
    args: (port) => {
      const storage = `storage:\n  filesystem:\n    rootdirectory: ${join(directory, "storage")}\n  delete:\n    enabled: true\n`;
      writeFileSync(configuration, `version: 0.1\n${storage}http:\n  addr: 127.0.0.1:${port}\n`);
      return ["serve", configuration];
    },
    env: { PATH: process.env["PATH"] ?? "", OTEL_TRACES_EXPORTER: "none" },
    ready: /listening on/u,
  });
  const host = `127.0.0.1:${server.port}`;
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const answer = await fetch(path.startsWith("http") ? path : `http://${host}/v2/${path}`, init);
    if (!answer.ok) throw new Error(`${init.method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  const pushBlob = async (repository: string, content: Buffer) => {
    const begun = await send(`${repository}/blobs/uploads/`, { method: "POST" });
    const place = new URL(begun.headers.get("location") ?? "", `http://${host}`);
    place.searchParams.set("digest", digestOf(content));
    const headers = { "Content-Type": "application/octet-stream" };
    await send(place.href, { method: "PUT", headers, body: new Uint8Array(content) });
  };
  return {
    host,
    pid: server.pid,
    push: async (repository, tag, layers) => {
      for (const content of [EMPTY, ...layers.map((one) => one.content)]) await pushBlob(repository, content);
      const { mediaType, content } = imageOf(layers);
      const headers = { "Content-Type": mediaType };
      await send(`${repository}/manifests/${tag}`, { method: "PUT", headers, body: new Uint8Array(content) });
      return digestOf(content);
    },
    remove: async (repository, digest) => void (await send(`${repository}/manifests/${digest}`, { method: "DELETE" })),
    close: async () => {
      await server.close();
      rmSync(directory, { recursive: true });
    },
  };
}
