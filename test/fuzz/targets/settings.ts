/** Parsers of what the user writes. */
import assert from 'node:assert/strict';
import { checkPattern } from '../../../src/master/native.js';
import type { Assignment } from '../../../src/master/settings/assignment.js';
import { parseCommandLine } from '../../../src/master/settings/command-line.js';
import { parseConfig, selectBlock } from '../../../src/master/settings/config-file.js';
import { resolve } from '../../../src/master/settings/resolve.js';
import { parseRules } from '../../../src/master/settings/rules-file.js';
import { parseCustomSignals } from '../../../src/master/signals.js';
import { fromBuffer, fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { ClsyncError } from '../../../src/shared/errors.js';
import { OPTION_NAMES } from '../../../src/master/options/table.js';
import { refusing } from '../target.js';
import type { Target } from '../target.js';

const OPTION_WORDS = OPTION_NAMES.flatMap((name) => [`--${name}`, `%${name}%`]);

export const SETTINGS: readonly Target[] = [
  {
    name: 'configuration file',
    words: [
      '[',
      ']',
      '=',
      '\n',
      '\r\n',
      '#',
      '"',
      "'",
      '\\',
      '--',
      '%',
      'config-block-inherits',
      '[b]\n',
      '%PID%',
      ...OPTION_WORDS,
    ],
    samples: () => [
      '[b]\nlabel = x%mode%\nmode=so\n-- = a "b c" \\d\n',
      '[a]\npid-file=%label%/%PID%\n[b]\nconfig-block-inherits = a\nretries=0x10\n' +
        'debug\t=\t2\n# x\n',
    ],
    run(input) {
      refusing([ClsyncError], () =>
        resolve(
          selectBlock(parseConfig(fromText('file'), { bytes: input, isPublic: true }), 'b').layers,
          1,
        ),
      );
    },
  },
  {
    name: 'rules file',
    words: [
      '+f',
      '-d',
      '+w',
      '-m',
      '+s',
      '-W',
      '+*',
      '\n',
      '^',
      '$',
      '(',
      ')',
      '[',
      ']',
      '[[:alpha:]]',
      '[^',
      '{',
      '}',
      '{9,}',
      '{99}',
      '*',
      '+',
      '?',
      '|',
      '\\',
      '\\1',
      '.',
    ],
    samples: () => [
      '+f^passwd$\n-*\n',
      '# all\n-d(^|/)[.]git$\n+w[[:alpha:]]{1,3}\n',
      '-f\\.(o|so)+$\n+s^a(b|c)*\\(d?$',
    ],
    run(input) {
      refusing(
        [ClsyncError],
        () => void parseRules(fromText('rules'), { bytes: input, isPublic: true }, checkPattern),
      );
    },
  },
  {
    name: 'command line',
    words: [
      '\0',
      '\0--\0',
      '-',
      '=',
      '-b1',
      '-M',
      '-Mso',
      '--no-',
      '__proto__',
      'constructor',
      ...OPTION_WORDS,
    ],
    samples: () => [
      '-Mrsyncdirect\0-W/a\0-D\0/b\0-t0',
      '--mode=so\0--watch-dir\0/x\0--\0-aH\0%INCLUDE-LIST%',
      'word\0-b\0-dd\0--retr=3\0-x5,6\0',
    ],
    run(input) {
      refusing([ClsyncError], () => {
        const assignments: Assignment[] = [];
        const words = fromBuffer(input).split('\0') as BytePath[];
        for (const operand of parseCommandLine(words, (assignment) => assignments.push(assignment)))
          assert.ok(words.includes(operand));
        resolve([assignments], 1);
      });
    },
  },
  {
    name: 'custom signals',
    words: [':', ',', '0', '10', '16:'],
    samples: () => ['10:a,12:b c', '0', '16:x,0,29:y'],
    run(input) {
      refusing(
        [ClsyncError],
        () => void parseCustomSignals(input.toString('latin1'), '--custom-signals'),
      );
    },
  },
];
