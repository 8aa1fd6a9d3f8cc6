/**
 * Every decoder written in TypeScript, with its first inputs. An error thrown by a run is a fault;
 * the errors that a decoder may throw are caught in the run.
 */
import type { Target } from './target.js';
import { OUTPUTS } from './targets/outputs.js';
import { PROTOCOLS } from './targets/protocols.js';
import { SETTINGS } from './targets/settings.js';

export const TARGETS: readonly Target[] = [...PROTOCOLS, ...SETTINGS, ...OUTPUTS];
