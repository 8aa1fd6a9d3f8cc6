/** Loads the native parts, or says in one line what is wrong with them. */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ClsyncError } from './errors.js';
import { FILES } from './layout.js';

/** This is before any program has begun, so that nobody else could say what is wrong. */
export function loadNative(): unknown {
  try {
    return createRequire(import.meta.url)(FILES.addon);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'MODULE_NOT_FOUND';
    const [, place] = /^(.*)\/lib\/node_modules\/clsync\/$/.exec(FILES.root) ?? [];
    const { message: text, exit } = new ClsyncError(
      'NATIVE',
      isMissing ? 'they are not built, as by npm with --ignore-scripts' : message,
      place === undefined ? `make -C ${FILES.root}` : `npm rebuild --global --prefix ${place}`,
    );
    writeSync(2, `error: ${text}\n`);
    process.exit(exit);
  }
}
