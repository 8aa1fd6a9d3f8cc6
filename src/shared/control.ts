/**
 * The text protocol of the control socket, the same as the C program's: one message per line,
 * `NUMBER COMMAND ARGUMENTS :TEXT`. The number is chosen by the client and echoed. A string among
 * the arguments ends with the bytes 3 and `/`, so that it may hold spaces; a client may also send
 * words separated by spaces alone. Pure.
 */
import { ended, fromBuffer, fromText, toBuffer } from './bytes.js';
import type { BytePath } from './bytes.js';

/**
 * Commands of a client. Those that the C program does not have: 203 to 208, 212 to 214 and all
 * from 220 to 225. Their answers with many lines come as rows.
 */
export const REQUEST = {
  negotiation: 0,
  version: 200,
  info: 201,
  dump: 202,
  describe: 203,
  status: 206,
  queue: 207,
  events: 208,
  set: 211,
  rules: 212,
  logLevel: 213,
  reload: 214,
  resync: 220,
  approve: 221,
  pause: 222,
  resume: 223,
  flush: 224,
  verify: 225,
  die: 240,
  quit: 250,
} as const;

/** The words of `clsync ctl`, in the order in which they are shown. */
export const CONTROL_WORDS = [
  'STATUS',
  'LIST',
  'TOP',
  'QUEUE',
  'PAUSE',
  'RESUME',
  'FLUSH',
  'RESYNC',
  'VERIFY',
  'APPROVE',
  'LOG-LEVEL',
  'EVENTS',
  'SET',
  'RELOAD',
  'INFO',
  'VERSION',
  'DUMP',
  'DIE',
  'QUIT',
] as const;
export type ControlWord = (typeof CONTROL_WORDS)[number];

export const REPLY = {
  negotiation: 1,
  unknown: 160,
  malformed: 161,
  invalid: 162,
  denied: 164,
  failed: 199,
  version: 300,
  info: 301,
  dump: 302,
  part: 303,
  status: 306,
  queue: 307,
  events: 308,
  /** A line before the answer itself: `=` and its text; 1 if the text goes on in the next one. */
  row: 310,
  set: 311,
  logLevel: 313,
  reload: 314,
  resync: 320,
  approve: 321,
  pause: 322,
  resume: 323,
  flush: 324,
  verify: 325,
  die: 340,
  bye: 350,
} as const;

/** The protocol's only version. */
export const PROTOCOL = 0;

/** Longest line in bytes, without its end. */
export const LINE_MAX = 8192;

const STRING_END = '\x03/';

export interface ControlMessage {
  readonly number: number;
  readonly command: number;
  readonly arguments: readonly BytePath[];
  readonly text: BytePath;
}

/** Undefined for a line that is no message. Numbers are decimal and fit in 31 bits. */
export function decodeLine(line: BytePath): ControlMessage | undefined {
  const [, number, command, rest] =
    /^(\d{1,9}) +(\d{1,9})(?: (.*))?$/s.exec(line.replace(/\r$/, '')) ?? [];
  if (number === undefined || command === undefined) return undefined;
  return { number: Number(number), command: Number(command), ...splitRest(rest ?? '') };
}

/** `words`: the arguments as sent; strings must go through `stringArgument`. `text`: for people. */
export function encodeLine(
  number: number,
  command: number,
  words: readonly string[],
  text: string,
): Buffer {
  const detail = fromText(text.replace(/[\n\x03]/g, ' '));
  const line = `${number} ${command} ${words.join(' ')} :${detail}`;
  return ended([line], '\n');
}

/** Bytes of a file in one line: base64, as lines have no line ends in them. */
const PART = 4096;

/** A piece of a file, as replies: its name, and its bytes. */
export function partLines(number: number, name: string, text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const lines: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += PART)
    lines.push(
      encodeLine(
        number,
        REPLY.part,
        [
          stringArgument(fromText(name)),
          stringArgument(fromText(bytes.toString('base64', at, at + PART))),
        ],
        '',
      ),
    );
  return lines;
}

/** A file of rules, as requests: the path that it stands for, and its bytes. */
export function rulesLines(number: number, path: BytePath, bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += PART)
    lines.push(
      encodeLine(
        number,
        REQUEST.rules,
        [
          stringArgument(path),
          stringArgument(fromText(bytes.toString('base64', at, at + PART))),
          at + PART < bytes.length ? MORE : LAST,
        ],
        '',
      ),
    );
  return lines;
}
const [MORE, LAST] = ['0', '1'];

/** What such a request has; undefined: its arguments are not those. */
export function rulesIn({
  arguments: [path, content, last],
}: ControlMessage):
  { readonly path: BytePath; readonly bytes: Buffer; readonly isLast: boolean } | undefined {
  if (path === undefined || content === undefined || (last !== MORE && last !== LAST))
    return undefined;
  return { path, bytes: Buffer.from(content, 'base64'), isLast: last === LAST };
}

/** What such a reply has. */
export function partIn({ arguments: [name, content] }: ControlMessage): {
  readonly name: string;
  readonly bytes: Buffer;
} {
  return { name: name ?? '', bytes: Buffer.from(content ?? '', 'base64') };
}

/** Bytes of a row in one line. */
const ROW_MAX = 4000;

/** A row of an answer, in as many lines as it takes. @param row without newlines */
export function encodeRow(number: number, row: string): Buffer {
  const bytes = fromText(row);
  const lines: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += ROW_MAX) {
    const goesOn = at + ROW_MAX < bytes.length ? '1' : '0';
    const part = bytes.slice(at, at + ROW_MAX) as BytePath;
    // A string before other words; what it begins with is not to be taken for something else.
    const text = stringArgument(`=${part}` as BytePath);
    lines.push(encodeLine(number, REPLY.row, [text, goesOn], ''));
  }
  return Buffer.concat(lines);
}

export function stringArgument(value: BytePath): string {
  return value.replace(/[\n\x03]/g, ' ') + STRING_END;
}

function splitRest(rest: string): {
  readonly arguments: readonly BytePath[];
  readonly text: BytePath;
} {
  const found: string[] = [];
  let at = 0;
  for (;;) {
    while (rest[at] === ' ') at++;
    if (at >= rest.length) return { arguments: found as BytePath[], text: fromText('') };
    if (rest[at] === ':')
      return { arguments: found as BytePath[], text: rest.slice(at + 1) as BytePath };
    const string = rest.indexOf(STRING_END, at);
    const blank = rest.indexOf(' ', at);
    if (string >= 0) {
      found.push(rest.slice(at, string));
      at = string + STRING_END.length;
    } else {
      found.push(rest.slice(at, blank < 0 ? undefined : blank));
      at = blank < 0 ? rest.length : blank;
    }
  }
}

/** Cuts a stream of bytes into lines of at most `LINE_MAX` bytes. */
export class LineReader {
  private pending: Buffer = Buffer.alloc(0);

  /**
   * The lines that are complete now; undefined once a line is too long, and nothing more can be
   * read then.
   */
  push(chunk: Buffer): BytePath[] | undefined {
    const parts = fromBuffer(Buffer.concat([this.pending, chunk])).split('\n') as BytePath[];
    const rest = parts.pop() as BytePath;
    if (rest.length > LINE_MAX || parts.some((line) => line.length > LINE_MAX)) return undefined;
    this.pending = toBuffer(rest);
    return parts;
  }
}
