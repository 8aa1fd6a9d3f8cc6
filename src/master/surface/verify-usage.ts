/** The command line of `clsync verify`. */
export const VERIFY_FLAGS = ['--checksum', '--repair', '--json'] as const;
export type VerifyFlag = (typeof VERIFY_FLAGS)[number];

export const VERIFY_USAGE = `clsync verify SOURCE COPY [--also-to COPY]... [-R FILE] [${VERIFY_FLAGS.join('] [')}]`;
