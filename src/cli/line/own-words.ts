import type { Host } from "../../system/host.js";
import type { OwnWords } from "./completion.js";

/** Names from the user's manifest, for completion; none, without a message, if it is unreadable. */
export function ownWordsOf(host: Host): (config: string | undefined) => OwnWords {
  // For zsh an answer is a word, a colon and a description.
  const colon = host.env["SHELL"]?.includes("zsh") ? "\\:" : ":";
  const engine = async () => await import("../../engine.js");
  return (config) => {
    const options = { host, ...(config !== undefined && { manifest: config }) };
    return {
      agentIds: async () =>
        await quietly(async () => [
          ...(await engine()).agents.map(({ id }) => id),
          ...["custom", "docker", "ssh"].map((kind) => `${kind}${colon}`),
        ]),
      skillIds: async () =>
        await quietly(async () => (await new (await engine()).SkillReactor(options).list()).skills.map(({ id }) => id)),
      registryNames: async () => await quietly(async () => await (await engine()).registryNames(options)),
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
