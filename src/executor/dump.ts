/**
 * What signal 29 writes about the executor: file names relative to the dump directory, and their
 * text in pieces that a message can carry.
 */
import { display, fromText } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import type { Entry } from '../shared/entry.js';
import { LIMITS } from '../shared/messages.js';
import type { Status } from '../shared/settings.js';
import { QUEUES } from './schedule/backlog.js';
import type { Backlog } from './schedule/backlog.js';

/** Some of a file of the dump. */
export interface Piece {
  readonly name: BytePath;
  readonly text: string;
}

export function* describeState(status: Status, backlog: Backlog): Iterable<Piece> {
  yield {
    name: fromText('executor'),
    text: `waiting ${backlog.size}\nin hand ${backlog.inHand.size}\nfailing ${backlog.held.size}\n`,
  };
  yield* pieces('failing', entriesOf(backlog.held), ({ path }) => `${display(path)}\n`);
  yield* pieces(
    'instance',
    backlog.inHand,
    ({ path }) => `${display(path)}\n`,
    `status == ${status}\n`,
  );
  for (const [index, name] of QUEUES.entries())
    yield* pieces(
      `queue/${index}`,
      backlog.entriesOf(name),
      ({ path }) => `+1\t${display(path)}\n`,
    );
}

function* entriesOf(held: Backlog['held']): Iterable<Entry> {
  for (const { entry } of held.values()) yield entry;
}

/** At least one piece; none is longer than a message's text, and each ends with a line. */
function* pieces(
  file: string,
  entries: Iterable<Entry>,
  lineOf: (entry: Entry) => string,
  start = '',
): Iterable<Piece> {
  const name = fromText(file);
  let text = start;
  let bytes = Buffer.byteLength(text);
  for (const entry of entries) {
    const line = lineOf(entry);
    const more = Buffer.byteLength(line);
    if (bytes + more > LIMITS.text) {
      yield { name, text };
      text = '';
      bytes = 0;
    }
    text += line;
    bytes += more;
  }
  yield { name, text };
}
