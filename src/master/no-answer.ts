/** A file system does not answer. */
export class NoAnswer extends Error {
  readonly code = 'ETIMEDOUT';

  /** @param lasts nor did it answer an earlier look, which still waits */
  constructor(readonly lasts: boolean) {
    super('it does not answer');
  }
}
