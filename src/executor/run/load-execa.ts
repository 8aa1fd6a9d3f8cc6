/** execa.ts, which is loaded apart from the rest of the executor. */
import { createRequire } from 'node:module';
import { FILES } from '../../shared/layout.js';
import type { Start } from './started.js';

let loaded: typeof import('./execa.js') | undefined;

/** Takes tens of milliseconds when it is called first. */
export function execaLoaded(): Start {
  loaded ??= createRequire(import.meta.url)(FILES.execa) as typeof import('./execa.js');
  return loaded.startByExeca;
}

/** undefined: not loaded yet; it is as soon as there is nothing else to do. */
export function execaIfLoaded(): Start | undefined {
  if (loaded === undefined) setImmediate(execaLoaded);
  return loaded?.startByExeca;
}
