/** Loads the native parts, or says in one line what is wrong with them. */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ClsyncError } from './errors.js';
import { FILES, installCommand } from './layout.js';

/** This is before any program has begun, so that nobody else could say what is wrong. */
export function loadNative(): unknown {
  try {
    return createRequire(import.meta.url)(FILES.addon);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'MODULE_NOT_FOUND';
    const { message: text, exit } = new ClsyncError(
      'NATIVE',
      isMissing ? `they are not built for ${process.arch}` : message,
      installCommand ?? `make -C ${FILES.root}`,
    );
    writeSync(2, `error: ${text}\n`);
    process.exit(exit);
  }
}
