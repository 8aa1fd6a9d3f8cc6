/** How an instance is, in a sentence, and what to do about it. Pure. */
import type { InstanceStatus } from '../shared/control-status.js';

export type Level = 'good' | 'busy' | 'bad';

export interface Health {
  readonly level: Level;
  readonly text: string;
  /** A command, or what to look at; empty: nothing has to be done. */
  readonly remedy: string;
}

/** @param name of its socket @param status undefined: it does not answer */
export function healthOf(name: string, status: InstanceStatus | undefined): Health {
  const ctl = `clsync ctl --name ${name}`;
  if (status === undefined)
    return bad('does not answer', `journalctl -u clsync@${name} says why it ended or hangs`);
  const { destinations } = status;
  const total = (of: (one: (typeof destinations)[number]) => number): number =>
    destinations.reduce((sum, one) => sum + of(one), 0);
  const held = total((one) => one.held?.paths ?? 0);
  const failing = total((one) => one.failing);
  if (held > 0)
    return bad(
      `holds the deletion of ${held} paths`,
      `look at the source; if they are to go: ${ctl} approve`,
    );
  if (status.paused) return { level: 'busy', text: 'is paused', remedy: `${ctl} resume` };
  if (status.status === 'hold on')
    return bad(
      'waits: a directory is not there, or the standby file is',
      `${ctl} status has the last error`,
    );
  const away = destinations.filter(({ up }) => !up);
  if (away.length > 0 && away.length < destinations.length)
    return bad(
      `cannot sync to ${away.map(({ destination, name: one }) => destination ?? one).join(', ')}`,
      'the reason is below; the other destinations go on',
    );
  if (status.status === 'synchandler error')
    return bad('cannot sync: the handler fails', 'the last failure below has the reason');
  if (failing > 0)
    return bad(`cannot sync ${failing} paths, and tries them again`, `${ctl} queue names them`);
  if (status.status !== 'running')
    return { level: 'busy', text: `is ${status.status}`, remedy: '' };
  const { pending } = status;
  return pending === 0
    ? { level: 'good', text: 'has everything at the destination', remedy: '' }
    : { level: 'good', text: `syncs: ${pending} paths are pending`, remedy: '' };
}

function bad(text: string, remedy: string): Health {
  return { level: 'bad', text, remedy };
}
