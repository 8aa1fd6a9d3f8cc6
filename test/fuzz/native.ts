/**
 * Builds and runs the libFuzzer targets of native/: decoders written in C, with clang's coverage
 * for libFuzzer.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILES } from '../../src/shared/layout.js';
import { SEEDS } from './native-seeds.js';

export type NativeTarget = keyof typeof SEEDS;
export const NATIVE_TARGETS = Object.keys(SEEDS) as NativeTarget[];

/** Limits of one input: bytes, and seconds it may take. */
const LONGEST = 8192;
const SLOW = 60;
/** MiB of memory; most of it is freed memory that the sanitizer keeps. */
const MEMORY = 512;
const ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  ASAN_OPTIONS: 'detect_leaks=1:quarantine_size_mb=16:allow_addr2line=1',
  UBSAN_OPTIONS: 'print_stacktrace=1',
};

const NOTHING = `#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size) { return input == NULL && size > 0; }
`;

/** The value for `{ skip }`: false when clang can build for libFuzzer here. */
export function needsLibFuzzer(): string | false {
  const directory = mkdtempSync('/tmp/clsync-fuzz-');
  const { status } = spawnSync(
    'clang',
    ['-fsanitize=fuzzer,address,undefined', '-o', `${directory}/nothing`, '-x', 'c', '-'],
    { input: NOTHING },
  );
  rmSync(directory, { recursive: true });
  return status === 0 ? false : 'no clang that has libFuzzer (Debian: clang, libclang-rt-dev)';
}

/** Builds the programs in `directory`. */
export function buildTargets(directory: string): void {
  execFileSync('make', ['-s', '-C', `${FILES.root}test/fuzz/native`, `OUT=${directory}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export interface Run {
  /** The directory of the programs, which also receives the findings. */
  readonly directory: string;
  readonly seconds: number;
  readonly seed: number;
}

export interface NativeOutcome {
  readonly inputs: number;
  readonly corpus: number;
  /** The edges of the program reached. */
  readonly covered: number;
}

/**
 * Runs a target. Throws an error with the output of libFuzzer and the sanitizers, and the input.
 * The input stays in `directory`: the program repeats the fault when it gets the file's name.
 */
export function fuzzNative(target: NativeTarget, { directory, seconds, seed }: Run): NativeOutcome {
  const corpus = join(directory, `${target}.corpus`);
  const seeds = join(directory, `${target}.seeds`);
  for (const made of [corpus, seeds]) mkdirSync(made, { recursive: true });
  SEEDS[target]().forEach((input, index) => writeFileSync(join(seeds, String(index)), input));
  const limits = [
    `-max_total_time=${seconds}`,
    `-timeout=${SLOW}`,
    `-rss_limit_mb=${MEMORY}`,
    `-max_len=${LONGEST}`,
  ];
  const options = [
    ...limits,
    `-seed=${seed}`,
    '-print_final_stats=1',
    `-artifact_prefix=${directory}/${target}-`,
  ];
  const { status, error, stderr } = spawnSync(
    join(directory, target),
    [...options, corpus, seeds],
    { env: ENVIRONMENT, encoding: 'latin1', maxBuffer: 1 << 28 },
  );
  if (status !== 0)
    throw new Error(`${target}: ${error?.message ?? `status ${status}`}\n${faultIn(stderr)}`);
  return {
    inputs: numberIn(/number_of_executed_units:\s*(\d+)/, stderr),
    corpus: readdirSync(corpus).length,
    covered: numberIn(/DONE +cov: (\d+)/, stderr),
  };
}

/** The report of the fault and the input, without the progress before it. */
function faultIn(output: string): string {
  const words = output
    .split('\n')
    .filter((line) => !/^(INFO:|#\d+\t|\tNEW_FUNC)/.test(line))
    .slice(0, 80);
  const file = /Test unit written to (\S+)/.exec(output)?.[1];
  return [
    ...words,
    ...(file === undefined ? [] : [`with the input ${readFileSync(file).toString('hex')}`]),
  ].join('\n');
}

function numberIn(pattern: RegExp, output: string): number {
  const found = pattern.exec(output)?.[1];
  if (found === undefined)
    throw new Error(`libFuzzer said nothing like ${pattern}:\n${output.slice(-2000)}`);
  return Number(found);
}
