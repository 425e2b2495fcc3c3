import type { RepositorySource } from "../manifest/document/manifest.js";
import type { WebAnswer } from "../web/ask-web.js";
import { credentialFor, variableOf } from "../web/credentials.js";
import { download, requireDigest, secondsOf, sha256, unpackAny, type ArchiveAccess } from "./download.js";
import { archiveGone } from "./gone.js";
import type { ArchiveKind, Release } from "./release.js";

/** The file at an address, whose digest the manifest names. */
export function urlKind(access: ArchiveAccess, { url: address, repo }: RepositorySource): ArchiveKind {
  const url = new URL(address);
  const fetch = async () => {
    const signIn = `Set ${variableOf(url.host)} to a token, or add the host to ~/.netrc.`;
    return await download(access, url, { authorization: credentialFor(url, access.host), signIn });
  };
  const release = (digest: string, content: () => Promise<WebAnswer>): Release => ({
    pin: { digest },
    isFixed: true,
    unpack: async () => {
      const { body, validators } = await content();
      requireDigest(body, digest, repo);
      return { entries: unpackAny(body), dropsTop: true, published: secondsOf(validators.lastModified) };
    },
  });
  return {
    find: async (ref) => {
      if (ref !== null) return release(ref, fetch);
      // The first look, by `install`: what is there now is what the manifest will name.
      const found = await fetch();
      return release(sha256(found.body), async () => found);
    },
    pinned: ({ digest = "" }) => [async () => release(digest, async () => await archiveGone(repo, fetch))],
  };
}
