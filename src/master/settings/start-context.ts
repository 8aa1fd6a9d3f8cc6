import type { BytePath } from '../../shared/bytes.js';
import type { CheckPattern } from './rules-file.js';

/** The surroundings of the daemon at its start. */
export interface StartContext {
  /** The working directory, absolute. */
  readonly directory: BytePath;
  readonly environment: readonly BytePath[];
  readonly checkPattern: CheckPattern;
}
