import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromText } from '../../../../src/shared/bytes.js';
import {
  parseConfig,
  readConfig,
  selectBlock,
  splitWords,
} from '../../../../src/master/settings/config-file.js';
import { Configuration } from '../../../../src/master/settings/configuration.js';
import { resolve } from '../../../../src/master/settings/resolve.js';
import type { Assignment } from '../../../../src/master/settings/assignment.js';
import { parseCommandLine } from '../../../../src/master/settings/command-line.js';

const config = (text: string) =>
  parseConfig(fromText('/etc/c.conf'), { bytes: Buffer.from(text), isPublic: true });
const block = (text: string, name = 'b') => selectBlock(config(text), name);

test(
  'keys, blanks, comments, carriage returns and repeated blocks are read as in a GLib key ' +
    'file',
  () => {
    const { layers, unknown } = block(
      '\ufeff# c\r\n\n  [b]  \n label =  x y \n#mode = so\n[other]\nmode=shell\n[b]\n\tdebug=2\r\n',
    );
    const { values } = resolve(layers, 1);
    assert.equal(values.label, 'x y ');
    assert.equal(values.debug, 2);
    assert.equal(values.mode, undefined);
    assert.deepEqual(unknown, []);
  },
);

test('a block inherits what it does not say, over several generations', () => {
  const text =
    '[a]\nlabel=a\ndebug=1\nretries=4\n[b]\nconfig-block-inherits=a\ndebug=2\n[c]\n' +
    'config-block-inherits=b\ndebug=0\n';
  const { values } = resolve(block(text, 'c').layers, 1);
  assert.deepEqual([values.label, values.debug, values.retries], ['a', 0, 4]);
});

test('an empty value switches off what was inherited', () => {
  const { values } = resolve(
    block('[a]\npid-file=/x\nretries=4\n[b]\nconfig-block-inherits=a\npid-file=\nretries=\n')
      .layers,
    1,
  );
  assert.deepEqual([values['pid-file'], values.retries], [undefined, 0]);
});

test('the parent named on the command line wins over the one in the block', () => {
  const text = '[a]\nlabel=a\n[z]\nlabel=z\n[b]\nconfig-block-inherits=a\n';
  assert.equal(resolve(selectBlock(config(text), 'b', 'z').layers, 1).values.label, 'z');
});

const BROKEN: readonly [string, string, RegExp][] = [
  ['a line without =', '[b]\nlabel\n', /^\/etc\/c\.conf:2: "label" is no/],
  ['a key before any block', 'label=x\n', /^\/etc\/c\.conf:1: a key before/],
  ['an open bracket', '\n[b\n', /^\/etc\/c\.conf:2: "\[b" is no \[block\]/],
  ['a value without a key', '[b]\n=x\n', /^\/etc\/c\.conf:2: /],
  ['a NUL byte', '[b]\nlists-dir=/x\0y\n', /^\/etc\/c\.conf:2: a NUL byte/],
  ['an open quote', "[b]\n-- = 'a b\n", /^\/etc\/c\.conf:2: a ' without/],
];
for (const [what, text, message] of BROKEN) {
  test(`${what} is an error with its line`, () =>
    assert.throws(() => block(text), { code: 'CONFIG_SYNTAX', exit: 255, message }));
}

test('a missing block, a circle', () => {
  assert.throws(() => block('[a]\n'), { code: 'CONFIG_NO_BLOCK', exit: 22 });
  assert.throws(() => block('[a]\nconfig-block-inherits=b\n[b]\nconfig-block-inherits=a\n'), {
    code: 'CONFIG_CIRCLE',
  });
});

test('an unknown key is reported with its place and the nearest known one', () => {
  const { unknown } = block('[b]\nrules-path=/r\nauto-add-rules-w=1\n');
  assert.equal(unknown.length, 2);
  assert.match(
    unknown[0] as string,
    /^\/etc\/c\.conf:2: unknown key "rules-path", did you mean "rules-file"\?$/,
  );
  assert.match(unknown[1] as string, /^\/etc\/c\.conf:3: unknown key "auto-add-rules-w"/);
});

test('a bad value names file and line', () => {
  assert.throws(() => resolve(block('[b]\n\nretries = many\n').layers, 1), {
    message: '/etc/c.conf:3: retries: "many" is not a number; clsync --help=all says what it takes',
  });
});

test('handler words are split at blanks, quotes hold them together', () => {
  const words = splitWords(fromText(` -aH  --exclude '*' "a b"c \\"x '' %watch-dir%/`), 'here');
  assert.deepEqual(words, ['-aH', '--exclude', '*', 'a bc', '"x', '', '%watch-dir%/']);
});

test('options in values are substituted, wherever they are set', () => {
  const { values } = resolve(
    block(
      '[b]\npid-file=/run/%label%-%PID%.pid\nlabel=x%retries%\ndump-dir=%dump-dir%.d/%nothing%\n',
    ).layers,
    77,
  );
  assert.equal(values['pid-file'], '/run/x1-77.pid');
  assert.equal(values['dump-dir'], '/tmp/clsync-dump-x1.d/%nothing%');
});

test('an option that names itself means what the weaker layer says', () => {
  const { values } = resolve(
    block('[a]\npid-file=/x\n[b]\nconfig-block-inherits=a\npid-file=%pid-file%.b\n').layers,
    1,
  );
  assert.equal(values['pid-file'], '/x.b');
});

test('options that name each other are an error; an unset one is empty, with a warning', () => {
  assert.throws(() => resolve(block('[b]\nlabel=%pid-file%\npid-file=%label%\n').layers, 1), {
    code: 'OPTION_CIRCLE',
  });
  const { values, warnings } = resolve(block('[b]\nlabel=a%pid-file%\n').layers, 1);
  assert.equal(values.label, 'a');
  assert.equal(warnings.length, 1);
});

test(
  'what names stand for is bounded, however often and through however many blocks an option ' +
    'names itself',
  () => {
    const twice = Array.from(
      { length: 40 },
      (_, i) => `[b${i}]\nconfig-block-inherits=b${i + 1}\nlabel=%label%%label%\n`,
    ).join('');
    assert.throws(() => resolve(block(`${twice}[b40]\nlabel=x\n`, 'b0').layers, 1), {
      code: 'BAD_VALUE',
    });
    assert.equal(resolve(block(`${twice}[b40]\nlabel=\n`, 'b0').layers, 1).values.label, '');
    const deep = Array.from(
      { length: 20_000 },
      (_, i) => `[b${i}]\nconfig-block-inherits=b${i + 1}\nlabel=%label%\n`,
    ).join('');
    assert.equal(resolve(block(`${deep}[b20000]\nlabel=x\n`, 'b0').layers, 1).values.label, 'x');
  },
);

test('which file is read', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'clsync-config-'));
  t.after(() => rmSync(home, { recursive: true }));
  const named = join(home, 'named.conf');
  writeFileSync(join(home, '.clsync.conf'), '[default]\nlabel=home\n');
  writeFileSync(named, '[default]\nlabel=named\n');
  const read = (...words: string[]) => {
    const layer: Assignment[] = [];
    const operands = parseCommandLine(words.map(fromText), (assignment) => layer.push(assignment));
    return Configuration.read(layer, operands, fromText(home), () => undefined);
  };
  assert.equal(read().resolve().values.label, 'home');
  assert.equal(read('-H', named).resolve().values.label, 'named');
  assert.equal(read('-H/NULL/').resolve().values.label, 'nolabel');
  assert.equal(read('-l', 'mine').resolve().values.label, 'mine');
  assert.throws(() => read('-H', join(home, 'absent')), { code: 'CONFIG_UNREADABLE', exit: 255 });
  assert.throws(() => read('-K', 'absent'), { code: 'CONFIG_NO_BLOCK' });

  writeFileSync(join(home, '.clsync.conf'), 'rubbish\n');
  const warnings: string[] = [];
  readConfig(undefined, fromText(home), (text) => warnings.push(text));
  assert.match(warnings[0] as string, /\.clsync\.conf:1: .*the file is not used$/);
});

test('handler arguments: command line before block, one empty word for the defaults', () => {
  const read = (text: string, ...words: string[]) => {
    const directory = mkdtempSync(join(tmpdir(), 'clsync-config-'));
    const file = join(directory, 'c');
    writeFileSync(file, text);
    const configuration = Configuration.read(
      [{ name: 'config-file', text: fromText(file), bare: false, origin: '-H' }],
      words.map(fromText),
      undefined,
      () => undefined,
    );
    rmSync(directory, { recursive: true });
    return configuration.handlerArguments;
  };
  assert.deepEqual(read('[default]\n-- = a "b c"\n'), ['a', 'b c']);
  assert.deepEqual(read('[default]\n-- = a\n', 'x'), ['x']);
  assert.equal(read('[default]\n-- = a\n', ''), undefined);
  assert.equal(read('[default]\n'), undefined);
  assert.equal(read('[default]\nconfig-block-inherits = p\n-- =\n[p]\n-- = a\n'), undefined);
});

test('while the daemon runs, a block changes what can change and tells of the rest', () => {
  const directory = mkdtempSync(join(tmpdir(), 'clsync-config-'));
  const file = join(directory, 'c');
  writeFileSync(
    file,
    '[default]\nlabel=a\ndebug=0\n[loud]\nconfig-block-inherits=default\ndebug=4\nlabel=b\n',
  );
  const running = Configuration.read(
    [{ name: 'config-file', text: fromText(file), bare: false, origin: '-H' }],
    [],
    undefined,
    () => undefined,
  );
  rmSync(directory, { recursive: true });
  const { configuration, fixed } = running.withBlock('loud');
  assert.deepEqual(
    [configuration.resolve().values.debug, configuration.resolve().values.label],
    [4, 'a'],
  );
  assert.deepEqual(fixed, ['label']);
  const set = configuration.with({
    name: 'delay-sync',
    text: fromText('0.5'),
    bare: false,
    origin: 'set',
  });
  assert.equal(set.resolve().values['delay-sync'], 500);
  assert.throws(
    () => set.with({ name: 'mode', text: fromText('so'), bare: false, origin: 'set' }),
    { code: 'FIXED_OPTION' },
  );
});

test('random bytes never do worse than an error', () => {
  let seed = 5;
  const random = (): number => (seed = (seed * 1103515245 + 12345) % 2 ** 31) >> 8;
  const pieces = [
    '[',
    ']',
    '=',
    '\n',
    '#',
    ' ',
    '"',
    "'",
    '\\',
    'b',
    'label',
    '--',
    '%label%',
    '%',
    'config-block-inherits',
    '\xff',
    '\0',
    '\r',
    'debug',
    '9',
  ];
  for (let round = 0; round < 3000; round++) {
    const text =
      '[b]\n' +
      Array.from({ length: random() % 60 }, () => pieces[random() % pieces.length]).join('');
    try {
      resolve(
        selectBlock(
          parseConfig(fromText('file'), { bytes: Buffer.from(text, 'latin1'), isPublic: true }),
          'b',
        ).layers,
        1,
      );
    } catch (error) {
      assert.equal((error as Error).name, 'ClsyncError', text);
    }
  }
});
