/** Warns of an old rsync. */
import { environmentOf } from '../mode.js';
import { handlerOf } from '../handler-call.js';
import type { Services } from '../mode.js';
import { exactly } from '../../run/permitted.js';
import { words } from '../../run/runner.js';

/** 3.5.0 fixes vulnerabilities that an attacker who can write into the watched tree could use. */
const SAFE = [3, 5] as const;

const QUESTION = words('--version');

/** A pattern for `Permitted` that matches the call. */
export function versionCommand(services: Services): string {
  return exactly(handlerOf(services), ...QUESTION);
}

/**
 * Warns of an rsync older than 3.5.0. Reports nothing when there is no rsync: the first sync does.
 */
export async function warnOfOldRsync(services: Services): Promise<void> {
  const settings = services.settings();
  const chunks: Buffer[] = [];
  await services.runner.run({
    words: [handlerOf(services), ...QUESTION],
    directory: settings.watchDirectory,
    environment: environmentOf(settings, { status: 'starting', iteration: 0, initial: true }),
    output: { stdout: (chunk) => chunks.push(chunk), stderr: () => undefined },
    timeout: 10_000,
    by: 'node',
  });
  const version = /^rsync\s+version ((\d+)\.(\d+)\S*)/.exec(
    Buffer.concat(chunks).toString('latin1'),
  );
  if (version === null) return;
  const [major, minor] = [Number(version[2]), Number(version[3])];
  if (major > SAFE[0] || (major === SAFE[0] && minor >= SAFE[1])) return;
  services.report(
    'warning',
    `rsync ${version[1]}: use 3.5.0 or later, older versions let those who write into the ` +
      'watched tree do harm',
  );
}
