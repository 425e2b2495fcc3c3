import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { npmKind } from "../../../src/archive/npm-kind.js";
import { ociKind } from "../../../src/archive/oci-kind.js";
import type { RepositorySource } from "../../../src/manifest/document/manifest.js";
import type { ApiAccess } from "../../../src/propose/forge-api.js";
import { github } from "../../../src/propose/github.js";
import { gitlab } from "../../../src/propose/gitlab.js";
import { observedIn } from "../../../src/remote-targets/listing.js";
import { readRecord, recordText } from "../../../src/remote-targets/remote-record.js";
import { parseRecord } from "../../../src/skill/site-record.js";
import { systemClock } from "../../../src/system/clock.js";
import { texts, type Target } from "../target.js";

const DIGEST = `sha256:${"a".repeat(64)}`;
const INTEGRITY = `sha512-${"A".repeat(86)}==`;
const { signal } = new AbortController();
const branches = { head: "eden-skills/update", base: "main" };
const routeTo = () => ({ proxy: null, authorities: [] });

let server: Server | null = null;
let answer: Buffer = Buffer.alloc(0);

/** The address of a server whose answer to everything is `content`. */
async function serverOf(content: Buffer | undefined): Promise<string> {
  answer = content ?? Buffer.alloc(0);
  server ??= await new Promise<Server>((resolve) => {
    const one = createServer((_, response) => response.end(answer));
    one.listen(0, "127.0.0.1", () => resolve(one.unref()));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function accessTo(origin: string) {
  const host = { env: { npm_config_registry: origin }, home: "/nowhere", cwd: "/" };
  const web = { stallMs: 5_000, offline: false, routeTo, refusal: "ARCHIVE_INVALID" as const };
  return { host, clock: systemClock, web, signal, onBytes: undefined };
}

function forgeAt(base: string): ApiAccess {
  const names = { host: "GitHub", repository: "acme/skills", token: "secret", variable: "GITHUB_TOKEN" };
  return { ...names, base, headers: {}, permissions: "all", routeTo, stallMs: 5_000, signal };
}

/** What registries of packages, hosts of repositories, and shells on other hosts answer. */
export const ANSWERS: Target[] = [
  {
    name: "document of a package",
    seeds: texts(
      `{"name":"a","dist-tags":{"latest":"1.2.0"},"versions":{"1.0.0":{"dist":{"tarball":"https://r/a.tgz","integrity":"${INTEGRITY}"}},"1.2.0":{"deprecated":"no","dist":{"tarball":"https://r/b.tgz","integrity":"${INTEGRITY}"}}}}`,
    ),
    async run([bytes]) {
      const access = accessTo(await serverOf(bytes));
      const { find } = npmKind(access, { repo: "npm:a" } as RepositorySource);
      return [await find("^1.0.0"), await find(null)];
    },
  },
  {
    name: "manifest of an image",
    seeds: texts(
      `{"schemaVersion":2,"layers":[{"digest":"${DIGEST}","mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":5}],"annotations":{"org.opencontainers.image.created":"2026-01-01T00:00:00Z"}}`,
      `{"manifests":[{"digest":"${DIGEST}"}]}`,
    ),
    async run([bytes]) {
      const origin = await serverOf(bytes);
      const { find } = ociKind(accessTo(origin), { url: `${origin}/acme/skills`, repo: "oci:x" } as RepositorySource);
      const { unpack } = await find(null);
      return await unpack();
    },
  },
  {
    name: "answer of a forge",
    seeds: texts(
      '[{"number":7,"html_url":"https://h/7","title":"t","body":null,"state":"closed","merged_at":"2026-01-01","head":{"sha":"a"}}]',
      '[{"iid":7,"web_url":"https://h/7","title":"t","description":"d","state":"opened","sha":"a"}]',
    ),
    async run([bytes]) {
      const access = forgeAt(await serverOf(bytes));
      const found = await Promise.allSettled([github(access, "acme").find(branches), gitlab(access).find(branches)]);
      const refused = found.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
      if (refused.length > 0) throw refused[0];
      return found;
    },
  },
  {
    name: "records and listings of targets",
    seeds: texts(
      recordText({ skill: "a", manifest: "m:/p", integrities: ["sha256-x"] }),
      `directory\nf SKILL.md\nl notes\n> ../notes\nd scripts\n${"0".repeat(64)}  ./SKILL.md\nx scripts/run.sh\n`,
      `{"format_version":1,"site":"https://h/","index":"i","url":"u","digest":null,"integrity":"sha256-x"}`,
    ),
    run([bytes = Buffer.alloc(0)]) {
      const text = bytes.toString("latin1");
      const seen = observedIn(text);
      return [readRecord(text), parseRecord(text), seen.kind === "directory" && seen.holds(["sha256-x"])];
    },
  },
];
