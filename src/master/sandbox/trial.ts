/** Tries all mechanisms at once, while the master goes on. */
import { spawn } from 'node:child_process';
import { closeSync, readSync, writeSync } from 'node:fs';
import { FILES } from '../../shared/layout.js';
import { native, socketpair } from '../../shared/native.js';
import { encodeSpecification } from '../../shared/specification-wire.js';
import { findMechanisms, likelyOf, trialOf } from './mechanisms.js';
import type { Likely, Mechanisms, Wanted } from './mechanisms.js';

export interface Trial {
  /** What `found` most often returns; undefined: something is missing that is known already. */
  readonly likely: Mechanisms | undefined;
  /** Waits for the result, which is `likely` itself if all could be used. Throws ClsyncError. */
  found(): Mechanisms;
}

export function beginTrial(wanted: Wanted): Trial {
  const likely = likelyOf(wanted);
  const succeeds = likely === undefined ? (): boolean => false : begin(likely);
  return {
    likely: likely?.mechanisms,
    found: () => (succeeds() ? (likely as Likely).mechanisms : findMechanisms(wanted)),
  };
}

/** Returns what waits for its end: the program runs only once all steps were carried out. */
function begin({ steps }: Likely): () => boolean {
  const [ours, theirs] = socketpair();
  const [reading, writing] = native.pipe();
  try {
    writeSync(ours, encodeSpecification(trialOf(steps)));
    const child = spawn(FILES.launcher, ['0'], { stdio: [theirs, 'ignore', writing], env: {} });
    child.on('error', () => undefined); // then nothing is read from it
  } finally {
    for (const descriptor of [theirs, writing]) closeSync(descriptor);
  }
  return () => {
    try {
      return readSync(reading, Buffer.alloc(1)) > 0;
    } finally {
      for (const descriptor of [ours, reading]) closeSync(descriptor);
    }
  };
}
