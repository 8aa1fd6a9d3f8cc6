/** Legal file names that programs often handle wrongly. */
import { fromBuffer, fromText } from '../../src/shared/bytes.js';
import type { BytePath } from '../../src/shared/bytes.js';
import type { Random } from './random.js';

const ODD: readonly BytePath[] = [
  ...[
    'line\nbreak',
    '-n',
    '--delete',
    '-',
    '*',
    '[ab]',
    '?',
    'back\\slash',
    '\\',
    '100%',
    '%PID%',
    '%',
    '#hash',
    ';semi',
    '- rule',
    '+ rule',
    ' blank ',
    '\t',
    '~',
    '"',
    "'",
    '$(id)',
    '...',
    '{}',
    '!',
    'ümlaut',
    '.hidden',
    'a:b',
    '@',
  ].map(fromText),
  fromBuffer(Buffer.from([0xff, 0xfe])),
  fromBuffer(Buffer.from([0x61, 0xc3, 0x28])),
  fromBuffer(Buffer.from([0x01, 0x7f, 0x80])),
];
/** A small set, so that writers often use the same names. */
const PLAIN: readonly BytePath[] = Array.from({ length: 60 }, (_, i) => fromText('n' + i));
/** NAME_MAX of limits.h, in bytes. */
const LONGEST = 255;

export function randomName(random: Random): BytePath {
  const kind = random.below(20);
  if (kind < 4) return random.pick(ODD);
  if (kind === 4)
    return fromText(
      random.pick(['x', 'é', '-', '*']).repeat(LONGEST).slice(0, 127).padEnd(127, 'z') +
        'q'.repeat(random.below(2)),
    );
  if (kind === 5) return fromBuffer(Buffer.alloc(LONGEST, random.pick(['l', 'm', '%', '['])));
  return random.pick(PLAIN);
}
