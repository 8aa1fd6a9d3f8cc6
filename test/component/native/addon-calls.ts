/**
 * addon-calls ADDON DIRECTORY: calls every function of an addon with wrong arguments, and the
 * functions of its handles in the order of their use. Exits with 0 when each call throws or
 * returns. No argument here is valid for a function that changes the process or a file.
 */
import assert from 'node:assert/strict';
import { fstatSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

type Call = (...values: readonly unknown[]) => unknown;

const [, , addon = '', directory = ''] = process.argv;
const native = createRequire(import.meta.url)(addon) as Readonly<Record<string, Call>>;
/** No descriptor has this number. */
const NO_DESCRIPTOR = 1_000_000;
const MOST_ARGUMENTS = 6;

function call(name: string, ...values: readonly unknown[]): unknown {
  const found = native[name];
  assert.ok(found, name);
  return found(...values);
}

function openDirectory(): number {
  return openSync(directory, 'r');
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

const terms = [1, -1, 0.01, 0, 1, 2];
const comparison = call('compareOpen', openDirectory(), openDirectory(), terms, Buffer.alloc(0));
const rules = call('rulesCompile', [[Buffer.from('a$'), 1, false]]);
let woken = 0;
const pathWatch = call('pathWatchOpen', () => {
  woken += 1;
});
const mirrorTerms = [0, -1, 0.01, 1, 2, 2, 1];
const mirror = call('mirrorOpen', openDirectory(), openDirectory(), -1, mirrorTerms);
const HANDLES = [comparison, rules, pathWatch, mirror];

const VALUES = [
  undefined,
  null,
  true,
  'text',
  -1,
  NO_DESCRIPTOR,
  {},
  [],
  [[]],
  [Buffer.from('/' + 'x'.repeat(300))],
  Buffer.alloc(0),
  Buffer.alloc(5001, 'x'),
  new Uint8Array(3),
  ...HANDLES,
];

/**
 * Calls a function with the same value for every argument, and with each value for each argument.
 */
function callAll(name: string): void {
  for (const [index] of VALUES.entries()) {
    for (let count = 0; count <= MOST_ARGUMENTS; count += 1) {
      const values = Array.from(
        { length: count },
        (_, at) => VALUES[(index * (at + 1)) % VALUES.length],
      );
      try {
        call(name, ...values);
      } catch (error) {
        assert.ok(error instanceof Error, name);
      }
    }
  }
}

/** Called last, because they close the handles that the others are called with. */
const LAST = ['compareClose', 'pathWatchClose', 'monitorClose', 'mirrorClose'];
const names = Object.keys(native).filter((name) => !LAST.includes(name));

// An open that fails closes the descriptors it is given.
const before = readdirSync('/proc/self/fd').length;
const source = openDirectory();
const copy = openDirectory();
assert.throws(() => call('compareOpen', source, copy, ['no number'], Buffer.alloc(0)));
assert.ok(!isOpen(source) && !isOpen(copy));
assert.throws(() =>
  call('mirrorOpen', openDirectory(), openDirectory(), -1, [0, 0, 0, 0, 0, 65, 0]),
);
assert.throws(() => call('pathWatchOpen', 'no function'));
assert.equal(readdirSync('/proc/self/fd').length, before);

const none = Buffer.alloc(0);
function mirrorRun(row: Buffer, done: unknown): unknown {
  return call('mirrorRun', mirror, row, none, none, rules, 0, none, done);
}
const wholeTree = Buffer.from('10000000020000000000000000000000', 'hex');
for (const length of [1, 15])
  assert.throws(() => mirrorRun(wholeTree.subarray(0, length), () => 0));
assert.throws(() => mirrorRun(wholeTree, 'no function'));
const answered = await new Promise((resolve) => mirrorRun(wholeTree, resolve));
assert.ok(Buffer.isBuffer(answered) && answered.length === 64);
mirrorRun(wholeTree, () => 0);

mkdirSync(directory + '/a');
call('compareAdd', comparison, Buffer.alloc(0), 0);
call('compareStep', comparison, 100);
assert.equal(call('rulesAllowed', rules, 3, Buffer.from('a')), 2);
assert.equal(call('pathWatchSet', pathWatch, [openDirectory()], [Buffer.from('b')]), true);
writeFileSync(directory + '/b', '');
while (woken === 0) await new Promise((resolve) => setImmediate(resolve));

for (const name of [...names, ...LAST]) callAll(name);
assert.throws(() => call('compareStep', comparison, 1), {
  message: 'an open comparison was expected',
});
assert.throws(() => mirrorRun(wholeTree, () => 0), { message: 'an open mirror was expected' });
assert.throws(() => call('pathWatchSet', pathWatch, [], []), {
  message: 'an open path watch was expected',
});
