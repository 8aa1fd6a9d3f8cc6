/**
 * What `make test` prints: one line a test, failures with their reasons, and last `N passed, N
 * failed, N skipped`. A skip that names no reason is a failure, and so is a run in which no test
 * ran.
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
    readonly error?: Error;
  };
}

/** Node 20 reports the tests that --test-name-pattern leaves out. */
const NOT_ASKED_FOR = 'test name does not match pattern';

export default async function* reporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failures: string[] = [];
  let passed = 0;
  let skipped = 0;
  for await (const event of events) {
    if (event.type === 'test:stderr' || event.type === 'test:stdout') continue;
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const outcome = event.data as Outcome;
    if (outcome.details.type === 'suite' && event.type === 'test:pass') continue;
    const title = `${outcome.file ? relative(process.cwd(), outcome.file) + ': ' : ''}${outcome.name}`;
    const reason = outcome.skip ?? outcome.todo;
    if (reason === NOT_ASKED_FOR) continue;
    if (event.type === 'test:fail') {
      failures.push(title);
      yield `FAILED  ${title}\n${indent(explain(outcome.details.error))}\n`;
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

/** node:test wraps what a test threw; the cause is what matters. */
function explain(error: Error | undefined): string {
  const cause = error?.cause ?? error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}

function indent(text: string): string {
  return text.replace(/^/gm, '        ');
}
