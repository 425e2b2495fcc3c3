import type { Manifest, ManifestSkill, SkillSource } from "../manifest/document/manifest.js";
import type { PolicyLayer } from "../manifest/policy/policy.js";
import { matchesSource } from "../manifest/policy/source-glob.js";
import { addressName, sourceName } from "../manifest/policy/source-name.js";
import { inEachLayer, type RuleVerdict, type Verdict } from "./verdict.js";

type Ruled = Pick<Manifest, "policy" | "directory" | "registries">;

/** What the policy says about the address of a skill, and about its registry. Nothing is fetched. */
export function skillSourceVerdicts(manifest: Ruled, { source }: Pick<ManifestSkill, "source">): Verdict[] {
  const from = source.kind === "repository" ? source.release?.from?.split("/")[0] : undefined;
  const registry = source.kind === "registry" ? source.registry : from;
  return [...sourceVerdicts(manifest, source), ...(registry == null ? [] : registryVerdicts(manifest, registry))];
}

/** What it says about a source. Nothing about a registry's skill whose repository is not known. */
export function sourceVerdicts(manifest: Ruled, source: SkillSource): Verdict[] {
  if (source.kind === "registry") return [];
  const name = sourceName(source, manifest.directory);
  return inEachLayer(manifest.policy, (layer) => listVerdict("sources", layer, name));
}

/** What it says about a registry of the manifest, by its name there. */
export function registryVerdicts(manifest: Ruled, registry: string): Verdict[] {
  const settings = manifest.registries[registry];
  if (settings === undefined) return [];
  const name = sourceName(settings.source, manifest.directory);
  return inEachLayer(manifest.policy, (layer) => listVerdict("registries", layer, name));
}

/** What it says about the remote store of the manifest: a registry, too. */
export function remoteStoreVerdicts({ policy }: Pick<Manifest, "policy">, address: string): Verdict[] {
  return inEachLayer(policy, (layer) => listVerdict("registries", layer, addressName(address)));
}

/** What it says about a site, by its address. A site is a source, too. */
export function siteVerdicts({ policy }: Pick<Manifest, "policy">, url: string): Verdict[] {
  const name = addressName(url);
  return inEachLayer(policy, (layer) => [...listVerdict("sites", layer, name), ...listVerdict("sources", layer, name)]);
}

/**
 * `deny` ignores case, since hosts differ in that. `allow` does not: it must not allow what has
 * only a similar name.
 */
function listVerdict(
  rule: "sources" | "registries" | "sites",
  { rules, file, isMissing }: PolicyLayer,
  name: string,
): RuleVerdict[] {
  const lists = rules[rule];
  if (lists === undefined) return [];
  if (isMissing === true) {
    const message = `the team's policy ${file} is not on this machine: \`eden-skills apply\` fetches it`;
    return [{ rule, at: [], outcome: "denied", message }];
  }
  const { allow, deny = [] } = lists;
  const denied = deny.findIndex((glob) => matchesSource(glob, name, { ignoreCase: true }));
  if (denied !== -1)
    return [{ rule, at: [rule, "deny", denied], outcome: "denied", message: `"${deny[denied]}" denies ${name}` }];
  if (allow === undefined) return [{ rule, at: [rule], outcome: "allowed", message: `nothing denies ${name}` }];
  const allowed = allow.findIndex((glob) => matchesSource(glob, name, { ignoreCase: false }));
  if (allowed === -1)
    return [{ rule, at: [rule, "allow"], outcome: "denied", message: `no entry of \`allow\` matches ${name}` }];
  return [{ rule, at: [rule, "allow", allowed], outcome: "allowed", message: `"${allow[allowed]}" allows ${name}` }];
}
