/**
 * The cost of compiling an expression with regcomp(3), which expands repetitions:
 * `((a{99}){99}){99}` becomes a million atoms, `((a+)+)+` eight. It recurses for each level of
 * parentheses. It limits neither, so the daemon must.
 */

export interface Cost {
  /**
   * Atoms after all repetitions are expanded. An atom that matches the empty string counts several
   * times, because it is tried at every character.
   */
  readonly size: number;
  /** The depth of nested parentheses. */
  readonly depth: number;
}

/**
 * Escaped characters, repetitions, and single characters. A token `[` begins a bracket expression,
 * whose end `bracketEnd` finds.
 */
const TOKEN = /\\.|\{(\d+)(?:,(\d*))?\}|./gs;

const EMPTY = 5;
/** Atoms that an anchor counts for: of several in a row, each is tried after each other one. */
const ANCHOR = 100;

/** Estimates the cost, never too low for a valid expression. Invalid ones are left to regcomp. */
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
 * The index after the `]` of the bracket expression at `start`. Works in one pass: the pattern may
 * be of any length and is not validated yet.
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
