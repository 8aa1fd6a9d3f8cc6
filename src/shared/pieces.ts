/** Files of a dump (signal 29) as a role tells them: text in pieces that a message can carry. */
import { fromText } from './bytes.js';
import type { BytePath } from './bytes.js';
import { LIMITS } from './messages.js';

/** Some of a file; the name is relative to the dump directory. */
export interface Piece {
  readonly file: BytePath;
  readonly text: string;
}

/** At least one piece; none is longer than a message's text, and each ends with a line. */
export function* piecesOf(file: string, lines: Iterable<string>): Iterable<Piece> {
  const name = fromText(file);
  let text = '';
  let bytes = 0;
  for (const line of lines) {
    const more = Buffer.byteLength(line);
    if (bytes + more > LIMITS.text) {
      yield { file: name, text };
      text = '';
      bytes = 0;
    }
    text += line;
    bytes += more;
  }
  yield { file: name, text };
}

/** Where pieces go: a message that is queued; false when it is better to wait for `drained`. */
export interface PieceReceiver {
  send(piece: Piece & { readonly last: 0 | 1 }): boolean;
  drained(): Promise<void>;
}

/** Resolves when all have been handed over, the last one marked so. */
export async function handOver(pieces: Iterable<Piece>, to: PieceReceiver): Promise<void> {
  let waiting: Piece | undefined;
  for (const piece of pieces) {
    if (waiting !== undefined && !to.send({ ...waiting, last: 0 })) await to.drained();
    waiting = piece;
  }
  if (waiting !== undefined) to.send({ ...waiting, last: 1 });
}
