/** A mirror by rsync, compared by rsync: the set-up of what tests mode rsyncdirect. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText } from '../../../src/shared/bytes.js';
import { IN } from '../../../src/shared/inotify-mask.js';
import type { ExecutorSettings } from '../../../src/shared/settings.js';
import { Stage } from './driver.js';

export const stage = new Stage();

export const NEW = IN.CREATE | IN.MODIFY | IN.CLOSE_WRITE;
export const NEW_DIRECTORY = (IN.CREATE | IN.ISDIR) >>> 0;

/**
 * The differences that rsync itself finds: modes, owners, times to the nanosecond, links, and
 * contents.
 */
export function differences(): string {
  const options = ['-aHnic', '--modify-window=-1', '--delete', '--out-format=%i %n'];
  return execFileSync(
    'rsync',
    [...options, stage.scratch.source + '/', stage.scratch.destination + '/'],
    {
      encoding: 'latin1',
    },
  );
}

export function source(...parts: string[]): string {
  return join(stage.scratch.source, ...parts);
}

export function write(path: string, text = path): void {
  writeFileSync(source(path), text);
}

/** An rsync that refuses absent names, as Debian's 3.2.7-1+deb12u5 does. */
export const REFUSING =
  '#!/bin/sh\ncase "$*" in *--delete-missing-args*) echo "invalid file mode 00 for a/b ' +
  '[Receiver]" >&2; exit 2;; esac\nexec rsync "$@"\n';

export function elsewhere(): Partial<ExecutorSettings> {
  return {
    destination: fromText(`host:${stage.scratch.destination}`),
    environment: [`PATH=${process.env['PATH'] ?? ''}`, `RSYNC_RSH=${shell()}`].map(fromText),
  };
}

/** A remote shell in place of ssh: the other host is this one. */
function shell(): string {
  const path = join(stage.scratch.root, 'shell');
  writeFileSync(path, '#!/bin/sh\nshift\nexec sh -c "$*"\n', { mode: 0o755 });
  return path;
}
