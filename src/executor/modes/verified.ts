/** What a comparison of source and destination has found. */
import type { BytePath } from '../../shared/bytes.js';
import type { Difference } from '../../shared/verification.js';
import type { Failure } from './failure.js';

export interface Verified {
  readonly differences: readonly Difference[];
  /** What could not be looked at, or made equal. */
  readonly failures: readonly { readonly path: BytePath; readonly failure: Failure }[];
  /** What changed all the time: whether it is equal cannot be said. */
  readonly changing: readonly BytePath[];
}
