/**
 * A launcher built with the address and undefined-behaviour sanitizers gets malformed
 * specifications: an error, never a crash. This runs the real program on the real kernel, with each
 * kind of damage at every place. test/fuzz/native/specification.c tries more inputs, without
 * either.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, closeSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import { FILES } from '../../../src/shared/layout.js';
import { encodeSpecification, STEP } from '../../../src/shared/specification-wire.js';
import { specificationOf } from './launcher-harness.js';
import { PATIENCE } from '../../harness/until.js';

let directory: string;
let launcher: string;

before(() => {
  directory = mkdtempSync('/tmp/clsync-launcher-');
  launcher = directory + '/clsync-launch';
  const flags = '-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -U_FORTIFY_SOURCE';
  execFileSync(
    'make',
    ['-s', '-C', FILES.root + 'src/native', `OUT=${directory}`, `CFLAGS=${flags}`, launcher],
    { stdio: 'inherit' },
  );
});
after(() => rmSync(directory, { recursive: true }));

/**
 * Gives the launcher `bytes` from a file, so that its input ends. It must exit with one of its own
 * statuses, not by a signal or a sanitizer. Returns the status.
 */
function feed(bytes: Buffer): number {
  const file = directory + '/specification';
  writeFileSync(file, bytes);
  const fd = openSync(file, 'r');
  try {
    const { status, signal, stderr } = spawnSync(launcher, ['3'], {
      stdio: ['ignore', 'ignore', 'pipe', fd],
      env: {},
      timeout: PATIENCE,
    });
    assert.equal(signal, null, bytes.toString('hex'));
    assert.doesNotMatch(stderr.toString(), /Sanitizer|runtime error/, bytes.toString('hex'));
    return status ?? -1;
  } finally {
    closeSync(fd);
  }
}

/** A specification that is harmless whatever is changed in it: its program does not exist. */
function sample(): Buffer {
  const program = {
    program: fromText('/proc/absent'),
    arguments: ['x', 'y'].map(fromText),
    environment: [fromText('A=b')],
  };
  const landlock = {
    files: 7n,
    network: 0n,
    scoped: 0n,
    onFiles: 7n,
    rules: [{ path: fromText('/'), allowed: 7n }],
  };
  return encodeSpecification(
    specificationOf([], {
      ...program,
      landlock,
      namespaces: { kinds: [] },
      umask: 0o22,
      limits: [{ resource: 4, soft: 1n << 33n, hard: 1n << 33n }],
      parent: process.pid,
    }),
  );
}

function isOwnStatus(status: number): boolean {
  return status >= 200 && status < 200 + Object.keys(STEP).length;
}

test('the sample itself reaches its last step', () =>
  assert.equal(feed(sample()), 200 + STEP.program));

test('truncated at every length', () => {
  const whole = sample();
  for (let length = 0; length < whole.length; length++)
    assert.ok(isOwnStatus(feed(whole.subarray(0, length))), `length ${length}`);
});

test('every 32-bit field made huge, zero, or one more', () => {
  const whole = sample();
  for (let offset = 0; offset + 4 <= whole.length; offset += 4) {
    for (const value of [0xffffffff, 0x7fffffff, 0, (whole.readUInt32LE(offset) + 1) >>> 0]) {
      const changed = Buffer.from(whole);
      changed.writeUInt32LE(value, offset);
      assert.ok(isOwnStatus(feed(changed)), `${value} at ${offset}`);
    }
  }
});
