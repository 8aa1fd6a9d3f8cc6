/** Reads a rules file: one rule on each line, `[+-][fdwmsW*]regexp`; `#` begins a comment line. */
import { codeOf } from '../../shared/system-errors.js';
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Rule } from '../../shared/settings.js';
import { reasonOf } from '../open-path.js';
import { textIn } from '../read-file.js';
import type { FileContent } from '../read-file.js';
import { distrustOf } from '../trust.js';
import { costOf } from './rule-cost.js';

const KINDS = 'fdwmsW*';
/**
 * The largest size of an expression, in atoms: far more than a rule for paths needs, and compiled
 * in a fraction of a second.
 */
const SIZE_MAX = 20_000;
const DEPTH_MAX = 200;

/**
 * The error of a pattern that is not a POSIX extended regular expression; undefined when it is one.
 */
export type CheckPattern = (pattern: BytePath) => string | undefined;

/**
 * Reads the rules of `file`, as it is named for users. Throws ClsyncError naming the line.
 * @param read the content; throws as `readFile`
 */
export function readRules(file: BytePath, read: () => FileContent, check: CheckPattern): Rule[] {
  let content: FileContent;
  try {
    content = read();
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EFBIG') throw new ClsyncError('RULES_TOO_LONG', display(file));
    throw (
      distrustOf(error, '--rules-file', file) ??
      new ClsyncError(
        code === 'ENOENT' ? 'RULES_ABSENT' : 'RULES_UNREADABLE',
        display(file),
        reasonOf(error),
      )
    );
  }
  return parseRules(file, content, check);
}

export function parseRules(
  file: BytePath,
  { bytes, isPublic }: FileContent,
  check: CheckPattern,
): Rule[] {
  // Not everybody who sees the message may see what is in the file.
  const quoted = (text: BytePath): string => (isPublic ? `"${display(text)}"` : 'it');
  const rules: Rule[] = [];
  for (const [index, line] of textIn(bytes).split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const fail = (why: string) => new ClsyncError('BAD_RULE', `${display(file)}:${index + 1}`, why);
    const [sign, kind] = [line[0] as string, line[1]];
    if (sign !== '+' && sign !== '-')
      throw fail(`${quoted(line as BytePath)} does not begin with + or -`);
    if (kind === undefined || !KINDS.includes(kind))
      throw fail(
        `${quoted(line as BytePath)}: the second character must be one of ` +
          KINDS.split('').join(' '),
      );
    const pattern = line.slice(2) as BytePath;
    if (/^[ \t]/.test(pattern))
      throw fail(
        `${quoted(line as BytePath)}: a blank follows the letter, and would belong to the ` +
          'expression: remove it, or write [ ] if names begin with one',
      );
    if (pattern.includes('\0')) throw fail('a NUL byte in the expression');
    const { size, depth } = costOf(pattern);
    if (size > SIZE_MAX || depth > DEPTH_MAX)
      throw fail('the expression is too large with its repetitions written out');
    const wrong = check(pattern);
    if (wrong !== undefined)
      throw fail(`${quoted(pattern)} is no extended regular expression: ${wrong}`);
    rules.push({ allow: sign === '+', kind: kind as Rule['kind'], pattern, line: index + 1 });
  }
  return rules;
}
