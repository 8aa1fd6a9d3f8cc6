/** The executor's part of `clsync verify`: has the mode compare, and hands over what differs. */
import { display } from '../shared/bytes.js';
import type { Channel } from '../shared/channel.js';
import type { Report } from '../shared/report.js';
import { VERIFIED } from '../shared/verification.js';
import type { Verification } from '../shared/verification.js';
import type { Mode } from './modes/mode.js';

/** Characters of lines in one message. */
const PIECE = 32_768;

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
  const { differences, failures } = verified;
  let rows = '';
  const send = async (): Promise<void> => {
    if (rows !== '') master.send('differences', { rows });
    rows = '';
    await master.drained();
  };
  for (const difference of differences) {
    rows += `${JSON.stringify(difference)}\n`;
    if (rows.length > PIECE) await send();
  }
  await send();
  for (const { path, failure } of failures)
    report('error', `"${display(path)}": ${failure.reason}`);
  const isEqual = how.repair || differences.length === 0;
  const exit =
    failures.length > 0 ? VERIFIED.failed : isEqual ? VERIFIED.equal : VERIFIED.different;
  master.send('finished', { exit, text: '' });
}
