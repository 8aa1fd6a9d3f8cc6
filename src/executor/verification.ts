/**
 * The executor's part of `clsync verify` and `clsync ctl verify`: has the mode compare, and hands
 * over what differs.
 */
import { ClsyncError } from '../shared/errors.js';
import { display } from '../shared/bytes.js';
import type { Channel } from '../shared/channel.js';
import type { Report } from '../shared/report.js';
import { VERIFIED } from '../shared/verification.js';
import type { Difference, Verification } from '../shared/verification.js';
import type { Outcome } from './comparisons.js';
import type { Failure } from './modes/failure.js';
import type { Mode } from './modes/mode.js';
import type { Verified } from './modes/verified.js';

/** Characters of lines in one message. */
const PIECE = 32_768;
/** Paths that could not be looked at and are named. */
const NAMED = 5;

/** Sends `finished` at the end. */
export async function verify(
  mode: Mode,
  how: Verification,
  master: Channel,
  report: Report,
): Promise<void> {
  const verified = await mode.verify?.(how);
  if (verified === undefined) throw new Error('this mode compares nothing');
  if ('ending' in verified) {
    master.send('finished', { exit: VERIFIED.failed, text: verified.reason });
    return;
  }
  const { differences, failures, changing } = verified;
  for (const rows of piecesOf(differences)) {
    master.send('differences', { rows });
    await master.drained();
  }
  for (const sentence of sentencesOf(failures))
    report('error', new ClsyncError('UNCOMPARED', sentence).message);
  for (const path of changing)
    report('warning', `"${display(path)}" changes while it is compared: it counts as different`);
  const isEqual = changing.length === 0 && (how.repair || differences.length === 0);
  const exit =
    failures.length > 0 ? VERIFIED.failed : isEqual ? VERIFIED.equal : VERIFIED.different;
  master.send('finished', { exit, text: '' });
}

/** Sends what a comparison that was asked for has found, and `compared`. */
export async function answerComparison(
  serial: number,
  outcome: Outcome | Failure | undefined,
  master: Channel,
): Promise<void> {
  const without = (text: string): void =>
    void master.send('compared', { serial, isDone: 0, failures: 0, text });
  if (outcome === undefined) return without(OFF);
  if ('ending' in outcome) return without(outcome.reason);
  const { differences, failures } = outcome;
  for (const rows of piecesOf(differences)) {
    master.send('pendingRows', { serial, rows, last: 0 });
    await master.drained();
  }
  const text = sentencesOf(failures.slice(0, NAMED)).join('; ');
  master.send('compared', { serial, isDone: 1, failures: failures.length, text });
}
const OFF = 'the initial sync is not done, syncing is paused, or the source is not there';

function* piecesOf(differences: readonly Difference[]): Generator<string> {
  let rows = '';
  for (const difference of differences) {
    rows += `${JSON.stringify(difference)}\n`;
    if (rows.length <= PIECE) continue;
    yield rows;
    rows = '';
  }
  if (rows !== '') yield rows;
}

function sentencesOf(failures: Verified['failures']): string[] {
  return failures.map(({ path, failure }) => `"${display(path)}": ${failure.reason}`);
}
