/**
 * What regcomp(3) makes of an expression. It writes out what is repeated: `((a{99}){99}){99}`
 * becomes a million atoms, `((a+)+)+` eight, and it goes a level deeper into the stack with every
 * parenthesis. It has no bounds of its own.
 */

export interface Cost {
  /**
   * Atoms once every repetition is written out; what matches without a character, and so is tried
   * at every one, counts several times.
   */
  readonly size: number;
  /** Parentheses in parentheses. */
  readonly depth: number;
}

/**
 * Escaped characters, repetitions, and any other character; where a bracket expression begins,
 * `bracketEnd` says where it ends.
 */
const TOKEN = /\\.|\{(\d+)(?:,(\d*))?\}|./gs;

const EMPTY = 5;
/** Of many anchors in a row each is tried after each. */
const ANCHOR = 100;

/** An estimate, never too low for a valid expression; for others regcomp has the last word. */
export function costOf(pattern: string): Cost {
  const open: number[] = [];
  let [sum, last, depth] = [0, 0, 0];
  const repeat = (times: number): void => {
    sum += last * (times - 1);
    last *= times;
  };
  const tokens = new RegExp(TOKEN);
  for (let found = tokens.exec(pattern); found !== null; found = tokens.exec(pattern)) {
    const [token, least, most] = found;
    if (token === '[') {
      tokens.lastIndex = bracketEnd(pattern, found.index);
      sum += last = 1;
    } else if (token === '(') {
      depth = Math.max(depth, open.push(sum));
      sum = 0;
    } else if (token === ')' && open.length > 0) {
      last = sum + EMPTY;
      sum = (open.pop() as number) + last;
    } else if (token === '+') repeat(2);
    else if (least !== undefined)
      repeat(Math.max(1, Number(least) + (most === '' ? 1 : 0), Number(most ?? 0)));
    else if (token === '*' || token === '?') {
      sum += EMPTY;
      last += EMPTY;
    } else sum += last = token === '$' || token === '^' ? ANCHOR : token === '|' ? EMPTY : 1;
  }
  return { size: open.reduce((all, outer) => all + outer, sum), depth };
}

/**
 * Past the `]` of the bracket expression at `start`; in one pass, as everything here must be that
 * judges what was not judged before.
 */
function bracketEnd(pattern: string, start: number): number {
  let at = start + 1;
  if (pattern[at] === '^') at++;
  if (pattern[at] === ']') at++;
  while (at < pattern.length && pattern[at] !== ']') {
    const kind = pattern[at] === '[' ? pattern[at + 1] : undefined;
    if (kind !== ':' && kind !== '.' && kind !== '=') {
      at++;
      continue;
    }
    const end = pattern.indexOf(kind + ']', at + 2);
    if (end < 0) return pattern.length;
    at = end + 2;
  }
  return at + 1;
}
