export interface Target {
  readonly name: string;
  /** The words of the format, one character for each byte. */
  readonly words: readonly string[];
  samples(): readonly (Buffer | string)[];
  run(input: Buffer): void | Promise<void>;
}

/** Runs a decoder that may throw these errors and no others. */
export function refusing(
  errors: readonly (abstract new (...parameters: never[]) => Error)[],
  work: () => void,
): void {
  try {
    work();
  } catch (error) {
    if (!errors.some((kind) => error instanceof kind)) throw error;
  }
}
