/**
 * The output of `make test`: one line for each test, failures with their reasons, and at the end `N
 * passed, N failed, N skipped`. A skip without a reason is a failure, and so is a run without any
 * test.
 */
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

interface Outcome {
  readonly name: string;
  readonly file?: string;
  readonly skip?: string | boolean;
  readonly todo?: string | boolean;
  readonly details: {
    readonly type?: string;
    readonly duration_ms: number;
    readonly error?: Failure;
  };
}

/** When a file fails outside its tests, node:test adds how its process ended. */
interface Failure extends Error {
  readonly exitCode?: number | null;
  readonly signal?: string | null;
}

/**
 * Characters of a file's last output that are kept: they show the reason when it fails outside its
 * tests.
 */
const KEPT = 4000;

/** Node 20 reports tests that --test-name-pattern excludes as skipped, with this reason. */
const NOT_ASKED_FOR = 'test name does not match pattern';

export default async function* reporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failures: string[] = [];
  let passed = 0;
  let skipped = 0;
  const written = new Map<string, string>();
  /** Whether the last test failed: what it said of it follows. */
  let hasFailed = false;
  for await (const event of events) {
    // Those of no file are node:test's own sums.
    if (event.type === 'test:diagnostic' && hasFailed && event.data.file !== undefined)
      yield `${indent(event.data.message.slice(-4 * KEPT))}\n`;
    if (event.type === 'test:stderr') {
      const { file, message } = event.data;
      written.set(file, ((written.get(file) ?? '') + message).slice(-KEPT));
    }
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const outcome = event.data as Outcome;
    hasFailed = event.type === 'test:fail';
    if (outcome.details.type === 'suite' && event.type === 'test:pass') continue;
    const file = outcome.file ? relative(process.cwd(), outcome.file) + ': ' : '';
    const title = file + outcome.name;
    const reason = outcome.skip ?? outcome.todo;
    if (reason === NOT_ASKED_FOR) continue;
    if (event.type === 'test:fail') {
      failures.push(title);
      yield (
        `FAILED  ${title}\n` +
        `${indent(explain(outcome.details.error, written.get(outcome.file ?? '')))}\n`
      );
    } else if (reason === undefined || reason === false) {
      passed++;
      yield `ok      ${title} (${Math.round(outcome.details.duration_ms)} ms)\n`;
    } else if (typeof reason === 'string' && reason !== '') {
      skipped++;
      yield `skipped ${title}: ${reason}\n`;
    } else {
      failures.push(title);
      yield `FAILED  ${title}: skipped without a reason\n`;
    }
  }
  if (passed === 0 && failures.length === 0) failures.push('no test ran');
  if (failures.length > 0) {
    process.exitCode = 1;
    yield '\nfailed:\n' + indent(failures.join('\n')) + '\n';
  }
  yield `${passed} passed, ${failures.length} failed, ${skipped} skipped\n`;
}

/** node:test wraps the error that a test threw; the error itself is the cause. */
function explain(error: Failure | undefined, written = ''): string {
  const cause = error?.cause ?? error;
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  if (error?.exitCode === undefined) return text;
  return `${text} (status ${error.exitCode}, signal ${error.signal})\n${written}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '        ');
}
