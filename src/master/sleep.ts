/**
 * Milliseconds for which a start waits for what a daemon that was just killed holds until its
 * monitor has ended: in all, and between two looks.
 */
export const KILLED = { all: 500, one: 20 } as const;

/** Blocks the whole process, which has nothing else to do then. */
export function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/**
 * Whether it holds within `all` milliseconds, asked every `one`; the process is blocked meanwhile.
 */
export function holdsSoon(
  holds: () => boolean,
  { all, one }: { readonly all: number; readonly one: number },
): boolean {
  for (const end = performance.now() + all; !holds(); sleep(one))
    if (performance.now() >= end) return false;
  return true;
}
