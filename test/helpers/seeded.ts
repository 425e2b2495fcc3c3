/** The seed of everything random in the tests; `EDEN_SEED` replays another one. */
export const SEED = Number(process.env["EDEN_SEED"] ?? 1);

/** Numbers from 0 up to 1, the same ones for each name and {@link SEED} (mulberry32). */
export function seeded(name: string): () => number {
  let state = [...`${name} ${SEED}`].reduce(
    (sum, character) => Math.imul(sum, 31) + (character.codePointAt(0) ?? 0),
    7,
  );
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that cannot be compressed. */
export function noise(name: string, length: number): Buffer {
  const random = seeded(name);
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(Math.floor(random() * 2 ** 32), at);
  return bytes.subarray(0, length);
}
