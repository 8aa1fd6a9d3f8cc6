/** Loads execa.ts, separately from the rest of the executor. */
import { createRequire } from 'node:module';
import { FILES } from '../../shared/layout.js';
import type { Start } from './started.js';

let loaded: typeof import('./execa.js') | undefined;

/** The first call loads it, which takes tens of milliseconds. */
export function execaLoaded(): Start {
  loaded ??= createRequire(import.meta.url)(FILES.execa) as typeof import('./execa.js');
  return loaded.startByExeca;
}

/** undefined: not loaded yet; loading begins in the next turn of the event loop. */
export function execaIfLoaded(): Start | undefined {
  if (loaded === undefined) setImmediate(execaLoaded);
  return loaded?.startByExeca;
}
