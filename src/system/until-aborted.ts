/**
 * The result of `pending`. @throws the signal's reason as soon as it is aborted; a later failure of
 * `pending` is ignored then.
 */
export async function untilAborted<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  pending.catch(() => {});
  signal.throwIfAborted();
  let refuse = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    refuse = () => reject(signal.reason);
    signal.addEventListener("abort", refuse, { once: true });
  });
  try {
    return await Promise.race([pending, aborted]);
  } finally {
    signal.removeEventListener("abort", refuse);
  }
}
