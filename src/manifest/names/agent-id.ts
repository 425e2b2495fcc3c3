/** The grammar of an agent's id; also the pattern in the JSON Schema. */
export const AGENT_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;
