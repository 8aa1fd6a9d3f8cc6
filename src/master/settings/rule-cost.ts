/**
 * What regcomp(3) makes of an expression. It writes out what is repeated: `((a{99}){99}){99}` becomes a million atoms, `((a+)+)+` eight,
 * and it goes a level deeper into the stack with every parenthesis. It has no bounds of its own.
 */

export interface Cost {
  /** Atoms once every repetition is written out; what matches without a character, and so is tried at every one, counts several times. */
  readonly size: number;
  /** Parentheses in parentheses. */
  readonly depth: number;
}

/** Escaped characters, bracket expressions, repetitions, and any other character. */
const TOKEN = /\\.|\[\^?\]?(?:\[[:.=][^\]]*\]|[^\]])*\]|\{(\d+)(?:,(\d*))?\}|./gs;

const EMPTY = 5;

/** An estimate, never too low for a valid expression; for others regcomp has the last word. */
export function costOf(pattern: string): Cost {
  const open: number[] = [];
  let [sum, last, depth] = [0, 0, 0];
  const repeat = (times: number): void => {
    sum += last * (times - 1);
    last *= times;
  };
  for (const [token, least, most] of pattern.matchAll(TOKEN)) {
    if (token === '(') {
      depth = Math.max(depth, open.push(sum));
      sum = 0;
    } else if (token === ')' && open.length > 0) {
      last = sum + EMPTY;
      sum = (open.pop() as number) + last;
    } else if (token === '+') repeat(2);
    else if (least !== undefined) repeat(Math.max(1, Number(least) + (most === '' ? 1 : 0), Number(most ?? 0)));
    else if (token === '*' || token === '?') {
      sum += EMPTY;
      last += EMPTY;
    } else sum += last = /[$^|]/.test(token) && token.length === 1 ? EMPTY : 1;
  }
  return { size: open.reduce((all, outer) => all + outer, sum), depth };
}
