/**
 * File names an attacker would choose: each has a special meaning for a shell, rsync, a terminal or
 * this program.
 */
import * as fs from 'node:fs';
import { fromText, join, toBuffer } from '../../src/shared/bytes.js';
import type { BytePath } from '../../src/shared/bytes.js';

/** The file that a name makes in the watch directory if it is executed. */
export const CANARY = 'executed';

const OPTIONS = [
  '-',
  '--',
  '-rf',
  '--delete',
  '-e sh',
  `-etouch ${CANARY}`,
  '--rsync-path=x',
  '--files-from=-',
  '--remove-source-files',
  '-t',
];
const LINES = [
  'line\nbreak',
  '\n',
  'ends\n',
  'x\n- *',
  'x\n!',
  'x\n+ ***',
  'x\nsync nolabel 256 y',
  'cr\r',
  '\r\n',
  '\r- *',
];
const SHELL = [
  `$(touch ${CANARY})`,
  `\`touch ${CANARY}\``,
  `; touch ${CANARY}`,
  `| touch ${CANARY} #`,
  `&& touch ${CANARY}`,
  `> ${CANARY}`,
  "'",
  '"',
  '$0',
  '~',
  '{a,b}',
  'a b',
  ' ',
  '\t',
];
const SUBSTITUTIONS = [
  '%',
  '%%',
  '%P',
  '%PID%',
  '%label%',
  '%INCLUDE-LIST%',
  '%INCLUDE-LIST-PATH%',
  '%EXCLUDE-LIST-PATH%',
  '%EVENT-MASK%',
  '%TYPE%',
  '%RSYNC-ARGS%',
  '$&',
  '%s%n',
];
const FILTERS = [
  '- *',
  '+ *',
  '- ',
  '! ',
  '!',
  ';',
  '; x',
  '#',
  '# x',
  '*',
  '**',
  '***',
  '?',
  '[',
  '[!a]',
  ']',
  'a[b',
  '\\',
  '\\\\',
  '\\*',
  'a\\b',
  'a\\',
  '.',
  ': x',
  '. x',
  'H *',
  'host:path',
  '::module',
  ' lead',
  'trail ',
];
const TERMINAL = ['\x1b[2J', '\x07', '\xc2\x9b2J', '\xff\xfe', '\xe2\x80\xae', '\x7f'];

/** The names as bytes, one character each. */
export const HOSTILE_NAMES: readonly BytePath[] = [
  ...OPTIONS,
  ...LINES,
  ...SHELL,
  ...SUBSTITUTIONS,
  ...FILTERS,
  ...TERMINAL,
].filter((name) => name !== '.') as BytePath[];

/**
 * Makes every name as a file, as a directory that contains a file of that name, and as a symbolic
 * link to that name. Returns the relative paths of all, `directory` included.
 */
export function makeHostileTree(root: BytePath, directory: BytePath): BytePath[] {
  const made: BytePath[] = [];
  const make = (path: BytePath, how: (absolute: Buffer) => void): void => {
    how(toBuffer(join(root, path)));
    made.push(path);
  };
  make(directory, (path) => fs.mkdirSync(path));
  for (const kind of ['files', 'directories', 'links'])
    make(join(directory, fromText(kind)), (path) => fs.mkdirSync(path));
  for (const name of HOSTILE_NAMES) {
    make(join(directory, `files/${name}` as BytePath), (path) =>
      fs.writeFileSync(path, name, 'latin1'),
    );
    make(join(directory, `directories/${name}` as BytePath), (path) => fs.mkdirSync(path));
    make(join(directory, `directories/${name}/${name}` as BytePath), (path) =>
      fs.writeFileSync(path, name, 'latin1'),
    );
    make(join(directory, `links/${name}` as BytePath), (path) =>
      fs.symlinkSync(toBuffer(name), path),
    );
  }
  return made;
}
