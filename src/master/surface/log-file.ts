/** The file of `--log-file`. */
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { KeptFiles } from '../kept-files.js';
import { cannotWrite } from '../open-path.js';
import type { Log } from './log.js';

/** Milliseconds until it is opened again when the process that writes to it has ended. */
const AGAIN = 1000;

/**
 * Opens it, or opens it again. @param path absolute @param files the table that it becomes a row
 * of. Throws ClsyncError; then messages go where they went before.
 */
export function openLog(log: Log, files: KeptFiles, path: BytePath): void {
  try {
    const row = files.row('--log-file') ?? files.keep('--log-file', path);
    log.writeTo(row.append(), () => reopenSoon(log, files, path));
  } catch (error) {
    throw cannotWrite('--log-file', display(path), error);
  }
}

function reopenSoon(log: Log, files: KeptFiles, path: BytePath): void {
  setTimeout(() => {
    try {
      openLog(log, files, path);
    } catch {
      reopenSoon(log, files, path);
    }
  }, AGAIN).unref();
}
