/**
 * What `make test` runs: all tests under this Node, and a short set under each other one that is
 * supported; with a major version as the argument, all under that. They run in a copy of the
 * checkout that every user can read, since many run as another user, and the checkout may lie in
 * someone's home. The last line counts all.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FILES } from '../src/shared/layout.js';
import { changes, hostState } from './harness/host-state.js';
import { fetchNode, ownNode } from './harness/nodes.js';
import type { TestNode } from './harness/nodes.js';
import { Stage } from './harness/stage.js';
import { runTests } from './harness/run-tests.js';
import type { Totals } from './harness/run-tests.js';

/** What users have: the long-term releases, and the newest. */
const SUPPORTED = [20, 22, 24, 26];
/** What breaks when Node does: confinement, memory, threads, descriptors, the addons. */
const SHORT = [
  'confinement/privsep',
  'confinement/probes',
  'integration/end',
  'integration/mirror',
  'integration/node-versions',
  'component/executor/plugin',
  'component/executor/plugin-faults',
  'component/master/surface/control',
].map((name) => `dist/test/${name}.test.js`);
/**
 * Names in these files: all but what takes long and shows nothing more of Node; and not `<root>`,
 * which would bring all with it.
 */
const SHORT_NAMES = new RegExp(
  '^(?!<|mirrors every kind of change|SIG\\w+ ends a busy' +
    '|nothing is left of a master KILLed during' +
    '|without .*, everything another mechanism contains|.* alone contains).',
);

const totals: Totals = { passed: 0, failures: [], skipped: 0 };
/** By their sources: what is compiled may be older. */
const all = (readdirSync(join(FILES.root, 'test'), { recursive: true }) as string[])
  .filter((name) => name.endsWith('.test.ts'))
  .sort()
  .map((name) => `dist/test/${name.replace(/ts$/, 'js')}`);
const [wanted] = process.argv.slice(2).map(Number);
const before = hostState();
const stage = new Stage(FILES.root);

/** The walls between the rooms, import circles, the language's rules, formatting. */
function lint(): void {
  const { status } = spawnSync('make', ['-s', 'lint'], { cwd: FILES.root, stdio: 'inherit' });
  if (status === 0) totals.passed++;
  else totals.failures.push('make lint, see above');
}

function fetched(major: number): TestNode | undefined {
  const node = fetchNode(major);
  if (typeof node !== 'string') return node;
  console.log(`skipped Node.js ${major}: ${node}`);
  totals.skipped++;
  return undefined;
}

async function run(
  node: TestNode | undefined,
  files: readonly string[],
  names?: RegExp,
): Promise<void> {
  if (node !== undefined)
    await runTests(
      { program: stage.prepare(node), directory: stage.directory, files, names },
      totals,
    );
}

if (wanted !== undefined) {
  await run(wanted === ownNode.major ? ownNode : fetched(wanted), all);
} else {
  lint();
  await run(ownNode, all);
  for (const major of SUPPORTED.filter((other) => other !== ownNode.major))
    await run(fetched(major), SHORT, SHORT_NAMES);
}
stage.remove();
for (const change of changes(before, hostState()))
  totals.failures.push(`the host is not as it was: ${change}`);
if (totals.passed === 0 && totals.failures.length === 0) totals.failures.push('no test ran');
if (totals.failures.length > 0)
  console.log(`\nfailed:\n${totals.failures.map((failure) => `        ${failure}`).join('\n')}`);
console.log(`${totals.passed} passed, ${totals.failures.length} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failures.length > 0 ? 1 : 0;
