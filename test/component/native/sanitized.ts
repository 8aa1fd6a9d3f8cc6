/**
 * Builds and runs test programs in C for parts of src/native, with the address and
 * undefined-behaviour sanitizers.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { FILES } from '../../../src/shared/layout.js';

const SEEDS = [1, 2, 3, 4];
const FLAGS = [
  '-std=gnu11',
  '-D_GNU_SOURCE',
  `-I${FILES.root}src/native`,
  ...['-Wall', '-Wextra', '-Werror', '-O1', '-g'],
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover=all',
];

export interface SanitizedProgram {
  /**
   * The name of the program's file in test/component/native, without `.c`. Its arguments are SEED
   * ROUNDS DIRECTORY.
   */
  readonly name: string;
  /** Of other files beside it. */
  readonly besides?: readonly string[];
  /** The files of src/native to compile with it, without `.c`. */
  readonly parts: readonly string[];
  readonly rounds: string;
  /** A library for pkg-config(1). */
  readonly library?: string;
  /** Why the library cannot be had. */
  readonly skip?: string | false;
  /** The title of the tests. */
  readonly title: string;
}

/** Registers a test for each seed: the program exits with 0 and prints nothing. */
export function testSanitized({
  name,
  besides = [],
  parts,
  rounds,
  title,
  library,
  skip = false,
}: SanitizedProgram): void {
  let directory: string;

  before(() => {
    if (skip !== false) return;
    directory = mkdtempSync('/tmp/clsync-native-');
    const sources = parts.map((part) => `${FILES.root}src/native/${part}.c`);
    const own = [name, ...besides].map((file) => `${FILES.root}test/component/native/${file}.c`);
    const linked = library === undefined ? [] : flagsOf(library);
    execFileSync('cc', [...FLAGS, '-o', `${directory}/fuzz`, ...own, ...sources, ...linked], {
      stdio: 'inherit',
    });
  });
  after(() => {
    if (skip === false) rmSync(directory, { recursive: true, force: true });
  });

  for (const seed of SEEDS) {
    test(`${title}, seed ${seed}`, { skip }, () => {
      const tree = mkdtempSync(`${directory}/tree-`);
      const { status, signal, stderr } = spawnSync(
        `${directory}/fuzz`,
        [String(seed), rounds, tree],
        { encoding: 'utf8', timeout: 3_600_000 },
      );
      assert.equal(stderr, '');
      assert.deepEqual({ status, signal }, { status: 0, signal: null });
    });
  }
}

/** For the compiler and the linker. */
function flagsOf(library: string): string[] {
  const flags = execFileSync('pkg-config', ['--cflags', '--libs', library], { encoding: 'utf8' });
  return flags.trim().split(/\s+/);
}
