import type { Host } from "../../system/host.js";
import type { OwnWords } from "./completion.js";

/** Names from the user's manifest, for completion; none, without a message, if it is unreadable. */
export function ownWordsOf(host: Host): (config: string | undefined) => OwnWords {
  // For zsh an answer is a word, a colon and a description.
  const colon = host.env["SHELL"]?.includes("zsh") ? "\\:" : ":";
  return (config) => {
    const options = { host, ...(config !== undefined && { manifest: config }) };
    const words = async () => await (await import("../../workspace/manifest-words.js")).manifestWords(options);
    return {
      agentIds: async () => [
        ...(await words()).agents,
        ...["custom", "docker", "podman", "ssh"].map((kind) => `${kind}${colon}`),
      ],
      groupNames: async () => (await words()).groups,
      registryNames: async () => (await words()).registries,
      skillIds: async () =>
        await quietly(async () => {
          const { inventory } = await import("../../edit/inventory.js");
          return (await inventory(options)).skills.map(({ id }) => id);
        }),
    };
  };
}

async function quietly(ask: () => Promise<string[]>): Promise<string[]> {
  try {
    return await ask();
  } catch {
    return [];
  }
}
