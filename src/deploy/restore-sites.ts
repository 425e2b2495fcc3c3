import { basename, dirname, join } from "node:path";
import { siteAddresses } from "../manifest/source/site-addresses.js";
import type { SitePin } from "../manifest/lockfile/lockfile.js";
import type { Manifest } from "../manifest/document/manifest.js";
import type { RunContext } from "../run/run-context.js";
import { openStore } from "../store/store.js";
import { removeTree, renamePath } from "../system/change-trees.js";
import { lstatIfExists } from "../system/read-files.js";
import { writeByRename } from "../system/write-files.js";
import { withManifestLock } from "../workspace/manifest-lock.js";
import { contentsOf, readStored } from "../workspace/read-snapshot.js";
import { atPlace, writeBeside } from "../workspace/site-place.js";
import { recordOf, recordText, siteRecord } from "../skill/site-record.js";
import type { Decision } from "./decision.js";

/**
 * Writes the pinned files of skills of sites beside the manifest, from the store, where they are
 * missing or those of another state.
 * @throws EdenError if the store was changed.
 */
export async function restoreSites(context: RunContext, { machine, selected, versions }: Decision): Promise<void> {
  const { manifest } = machine;
  const open = selected.flatMap(({ id, source }) => {
    const version = versions.get(id);
    return version?.restoresSite === true && version.site !== undefined && source.kind === "directory"
      ? [{ id, path: source.path, pin: version.site }]
      : [];
  });
  if (open.length === 0) return;
  await withManifestLock(manifest, context.lock(manifest.path), async () => {
    for (const one of open) await restore(context, manifest, one);
  });
}

async function restore(
  { host }: RunContext,
  manifest: Manifest,
  { id, path, pin }: { id: string; path: string; pin: SitePin },
): Promise<void> {
  const { files } = readStored(manifest, pin.tree, id);
  const entry = openStore(manifest.storageRoot).entryDirectory(pin.tree, id);
  const temporary = await writeBeside(manifest, host.home, path, [...contentsOf(entry, files)]);
  const record = recordOfPin(manifest, path, pin);
  await atPlace(manifest, host.home, path, (at) => {
    if (lstatIfExists(at) !== null) removeTree(at);
    renamePath(join(dirname(at), basename(temporary)), at);
    writeByRename(recordOf(at), record);
  });
}

/** The lockfile has no address of the index and the content: they are those of the files now, or the usual ones. */
function recordOfPin(manifest: Manifest, path: string, { address, digest, integrity }: SitePin): string {
  const known = siteRecord(manifest, path);
  const addresses = siteAddresses(address);
  const usual = "indexes" in addresses ? (addresses.indexes[0]?.url ?? address) : address;
  const { index, url, name } =
    known !== null && known.site === address ? known : { index: usual, url: usual, name: undefined };
  return recordText(
    { site: address, index, url, ...(name !== undefined && { name }), digest: digest ?? null },
    integrity,
  );
}
