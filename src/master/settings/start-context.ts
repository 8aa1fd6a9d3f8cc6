import type { BytePath } from '../../shared/bytes.js';
import type { CheckPattern } from './rules-file.js';

/** What the daemon finds around it at start. */
export interface StartContext {
  /** Absolute. */
  readonly directory: BytePath;
  readonly environment: readonly BytePath[];
  readonly checkPattern: CheckPattern;
}
