/** Files of a dump (signal 29) as a role sends them: text in pieces that fit into a message. */
import { fromText } from './bytes.js';
import type { BytePath } from './bytes.js';
import { LIMITS } from './messages.js';

/** A part of a file; the name is relative to the dump directory. */
export interface Piece {
  readonly file: BytePath;
  readonly text: string;
}

/**
 * At least one piece. None is longer than a message's text (if no line is), and each ends with a
 * whole line.
 */
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

/** Receives pieces. `send` returns false when the caller should wait for `drained`. */
export interface PieceReceiver {
  send(piece: Piece & { readonly last: 0 | 1 }): boolean;
  drained(): Promise<void>;
}

/** Sends all pieces, with `last` set on the last one. Resolves when all are queued. */
export async function handOver(pieces: Iterable<Piece>, to: PieceReceiver): Promise<void> {
  let waiting: Piece | undefined;
  for (const piece of pieces) {
    if (waiting !== undefined && !to.send({ ...waiting, last: 0 })) await to.drained();
    waiting = piece;
  }
  if (waiting !== undefined) to.send({ ...waiting, last: 1 });
}
