/**
 * The numbers of system calls are those of the kernel's headers, and each kind of condition works
 * in a real filter.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { compileFilter } from '../../../src/shared/seccomp/filter.js';
import type { Condition } from '../../../src/shared/seccomp/filter.js';
import { SYSCALLS } from '../../../src/shared/seccomp/syscalls.js';
import { launch, specificationOf } from '../native/launcher-harness.js';

/** arm64 uses the numbers of asm-generic, like every newer architecture. */
const HEADERS = [
  '/usr/include/x86_64-linux-gnu/asm/unistd_64.h',
  '/usr/include/asm-generic/unistd.h',
];
/**
 * Calls for old architectures only: the headers define them under conditions that arm64 does not
 * meet.
 */
const OLD = /^__ARCH_WANT/;

HEADERS.forEach((header, column) => {
  test(
    `numbers as in ${header}`,
    { skip: existsSync(header) ? false : 'linux-libc-dev is not installed' },
    () => {
      const numbers = new Map<string, number>();
      for (const [, name = '', number] of readFileSync(header, 'latin1').matchAll(
        /^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm,
      ))
        if (!OLD.test(name)) numbers.set(name, Number(number));
      assert.ok(numbers.size > 250);
      const known = Object.entries(SYSCALLS).map(
        ([name, row]) => [name, row[column] ?? null] as const,
      );
      // Calls newer than the header cannot be looked up.
      const last = Math.max(...numbers.values());
      const wrong = known.filter(
        ([name, number]) =>
          (number === null || number <= last) && number !== (numbers.get(name) ?? null),
      );
      assert.deepEqual(wrong, []);
    },
  );
});

/** SIGCONT, which has no effect on a running process. */
const SIGNAL = 0x12;

/** Whether a shell may send the signal to itself. */
async function passes(...when: readonly Condition[]): Promise<boolean> {
  const call = {
    program: fromText('/bin/sh'),
    arguments: ['sh', '-c', `kill -${SIGNAL} $$`].map(fromText),
  };
  const launched = launch(
    specificationOf([], {
      ...call,
      seccomp: compileFilter([{ calls: ['kill'], action: 'EPERM', when }]),
    }),
  );
  assert.equal(await launched.started, undefined);
  return (await launched.ended).code === 0;
}

const MATCHING: Readonly<Record<string, Condition>> = {
  'any of some bits': { argument: 1, anyOf: 0x10 },
  'all of some bits': { argument: 1, allOf: 0x12 },
  'no bit of some': { argument: 1, noneSet: 0x21 },
  'one of several values': { argument: 1, oneOf: [1, SIGNAL, 2] },
  'one of several, of some bits': { argument: 1, oneOf: [3, 2], within: 7 },
  'none of several values': { argument: 1, noneOf: [1, 2] },
  'the first of a range': { argument: 1, from: SIGNAL, to: 100 },
  'the last of a range': { argument: 1, from: 1, to: SIGNAL },
};
const OTHER: Readonly<Record<string, Condition>> = {
  'no bit of some': { argument: 1, anyOf: 0x21 },
  'some bits, not all': { argument: 1, allOf: 0x13 },
  'a bit of some': { argument: 1, noneSet: 0x30 },
  'another value': { argument: 1, oneOf: [1, 2] },
  'other bits': { argument: 1, oneOf: [3, 5], within: 7 },
  'a value before a range': { argument: 1, from: SIGNAL + 1, to: 100 },
  'a value after a range': { argument: 1, from: 1, to: SIGNAL - 1 },
  'a listed value': { argument: 1, noneOf: [2, SIGNAL, 1] },
};

for (const [what, condition] of Object.entries(MATCHING)) {
  test(`a call is refused for ${what}`, async () => assert.equal(await passes(condition), false));
}
for (const [what, condition] of Object.entries(OTHER)) {
  test(`a call passes for ${what}`, async () => assert.equal(await passes(condition), true));
}
test('all conditions must hold', async () => {
  const [holds, fails]: readonly Condition[] = [
    { argument: 1, anyOf: 2 },
    { argument: 1, oneOf: [1, 2] },
  ] as const;
  assert.ok(holds !== undefined && fails !== undefined);
  assert.equal(await passes(holds, fails), true);
  assert.equal(await passes(fails, holds), true);
  assert.equal(await passes(holds, { argument: 1, oneOf: [2, SIGNAL] }), false);
});
