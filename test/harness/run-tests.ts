/** One run of node --test. */
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

export interface Totals {
  passed: number;
  failures: string[];
  skipped: number;
}

export interface TestRun {
  /** The Node that runs them. */
  readonly program: string;
  readonly directory: string;
  /** Relative to `directory`. */
  readonly files: readonly string[];
  /** Names of the tests to run; undefined: all. */
  readonly names: RegExp | undefined;
}

/** Time limit of one test file, in milliseconds: a hang is a failure. */
const FILE_TIMEOUT = 1_200_000;
/** The last line of the reporter. */
const SUMMARY = /^(\d+) passed, (\d+) failed, (\d+) skipped$/;

/** Prints the report and adds its counts to `totals`. */
export async function runTests(
  { program, directory, files, names }: TestRun,
  totals: Totals,
): Promise<void> {
  console.log(`under ${program}:`);
  const only = names === undefined ? [] : [`--test-name-pattern=${String(names)}`];
  const words = [
    '--test',
    '--test-concurrency=3',
    `--test-timeout=${FILE_TIMEOUT}`,
    ...only,
    '--test-reporter=./dist/test/harness/reporter.js',
    ...files,
  ];
  const child = spawn(program, words, {
    cwd: directory,
    env: { ...process.env, PATH: `${dirname(program)}:${process.env.PATH ?? ''}` },
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  const ended = new Promise<string>((resolve) =>
    child
      .once('close', (code, signal) => resolve(`${code ?? signal}`))
      .once('error', (error) => resolve(error.message)),
  );
  let summary: RegExpExecArray | undefined;
  let failed = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    summary = SUMMARY.exec(line) ?? summary;
    if (summary === undefined) console.log(line);
    if (!line.startsWith('FAILED  ')) continue;
    failed++;
    totals.failures.push(`${line.slice('FAILED  '.length)} (under ${program})`);
  }
  const end = await ended;
  if (Number(summary?.[2] ?? -1) !== failed)
    totals.failures.push(`the tests under ${program} did not run to their end: ${end}`);
  totals.passed += Number(summary?.[1] ?? 0);
  totals.skipped += Number(summary?.[3] ?? 0);
}
