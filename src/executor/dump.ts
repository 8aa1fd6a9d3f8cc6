/** What signal 29 writes about the executor: file names relative to the dump directory, and their text. */
import { display, fromText } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import type { Entry } from '../shared/entry.js';
import type { Status } from '../shared/settings.js';
import { QUEUES } from './queues.js';
import type { Backlog } from './queues.js';

export function describeState(status: Status, backlog: Backlog, inHand: readonly Entry[]): { name: BytePath; text: string }[] {
  const instance = [`status == ${status}`, ...inHand.map(({ path }) => display(path))].join('\n') + '\n';
  const queues = QUEUES.map((name, index) => ({ name: fromText(`queue/${index}`), text: lines(backlog.entriesOf(name)) }));
  return [{ name: fromText('instance'), text: instance }, ...queues];
}

function lines(entries: Iterable<Entry>): string {
  return [...entries].map(({ path }) => `+1\t${display(path)}\n`).join('');
}
