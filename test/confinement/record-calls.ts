/**
 * Records which system calls the processes of the daemon make, as root, with strace:
 * `node dist/test/confinement/record-calls.js [MAJOR…]` runs the files below under these versions
 * of Node, or all that are supported, and writes recorded-calls.json anew for them. With
 * `--try FILE…` it runs these test files and prints what the lists and the record do not have.
 * `lists.test.ts` compares the record with the lists of src/shared/seccomp.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { dirname, join } from 'node:path';
import { FILES } from '../../src/shared/layout.js';
import { fetchNode, ownNode } from '../harness/nodes.js';
import { Stage } from '../harness/stage.js';
import { LIST_NAMES, listed } from './call-lists.js';
import { CallReading } from './call-reading.js';
import { readRecord, withSeen, writeRecord } from './call-record.js';

const NODES = [20, 22, 24, 26];
/**
 * What brings each process to do all that it does: the mode without programs and those with rsync,
 * plug-ins, handlers and hooks; logs, dumps, state and commands; each kind of object.
 */
const TESTS = [
  'integration/ctl',
  'integration/dumps',
  'integration/handlers',
  'integration/hooks',
  'integration/log-syslog',
  'integration/mode-mirror',
  'integration/mode-mirror-owner',
  'integration/plugin-handlers',
  'integration/reload',
  'integration/service-manager',
  'integration/state-directory',
];
/** Under other versions than one's own: what depends on Node. */
const OF_NODE = TESTS.filter((name) =>
  /(ctl|dumps|hooks|log-syslog|mode-mirror|reload)$/.test(name),
);
/** Of a file that takes long, the tests with all kinds of objects and changes. */
const CHANGES = { tests: ['integration/mirror'], names: 'every kind of change, as root' } as const;

interface Run {
  readonly tests: readonly string[];
  /** Pattern of names; undefined: all. */
  readonly names?: string;
}

/** Runs tests under strace. Says so when one fails, as it may not have come to its end. */
async function recording(
  stage: Stage,
  program: string,
  reading: CallReading,
  { tests, names }: Run,
): Promise<void> {
  const output = join(stage.directory, 'calls');
  const { status } = spawnSync(
    'strace',
    [
      ...['-f', '--decode-pids=pidns', '-s', '4096', '-o', output],
      ...[program, '--test', '--test-reporter=./dist/test/harness/reporter.js'],
      ...(names === undefined ? [] : [`--test-name-pattern=${names}`]),
      ...tests.map((name) => `dist/test/${name}.test.js`),
    ],
    {
      cwd: stage.directory,
      env: { ...process.env, PATH: `${dirname(program)}:${process.env.PATH ?? ''}` },
      stdio: 'inherit',
    },
  );
  reading.begin();
  for await (const line of createInterface({ input: createReadStream(output, 'latin1') }))
    reading.read(line);
  reading.end();
  rmSync(output);
  if (status !== 0) console.error('a test has failed: the record may lack something');
}

function printWhatIsNew({ seen, refused }: CallReading): void {
  const { calls } = readRecord();
  for (const name of LIST_NAMES) {
    const now = [...(seen.get(name) ?? [])].sort();
    const list: ReadonlySet<string> = listed(name);
    const say = (what: string, found: readonly string[]): void => {
      if (found.length > 0) console.log(`  ${what}: ${found.join(' ')}`);
    };
    console.log(`${name}: ${now.length} calls`);
    say(
      'not in the record',
      now.filter((call) => calls[name]?.[call] === undefined),
    );
    say(
      'not in the list',
      now.filter((call) => !list.has(call)),
    );
    say('refused', [...(refused.get(name) ?? [])]);
  }
}

const words = process.argv.slice(2);
const stage = new Stage(FILES.root);
try {
  if (words[0] === '--try') {
    const reading = new CallReading();
    await recording(stage, stage.prepare(ownNode), reading, { tests: words.slice(1) });
    printWhatIsNew(reading);
  } else {
    for (const major of words.length > 0 ? words.map(Number) : NODES) {
      const node = major === ownNode.major ? ownNode : fetchNode(major);
      if (typeof node === 'string') throw new Error(`Node.js ${major}: ${node}`);
      const program = stage.prepare(node);
      const version = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.trim();
      const reading = new CallReading();
      const runs = node === ownNode ? [{ tests: TESTS }, CHANGES] : [{ tests: OF_NODE }];
      for (const run of runs) await recording(stage, program, reading, run);
      printWhatIsNew(reading);
      writeRecord(withSeen(readRecord(), version.slice(1), reading.seen));
    }
  }
} finally {
  stage.remove();
}
