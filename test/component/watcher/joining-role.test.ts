/** The watcher's own process, and the monitor that sends it who joins. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { fromText } from '../../../src/shared/bytes.js';
import { Channel } from '../../../src/shared/channel.js';
import { FILES } from '../../../src/shared/layout.js';
import { socketpair } from '../../../src/shared/native.js';
import { ask } from '../../../src/master/native.js';
import {
  ANSWER_LENGTH,
  decodeAnswer,
  encodeFrozen,
  encodeRequest,
  startNumber,
} from '../../../src/master/monitor/frozen-wire.js';
import { NOTHING } from '../../harness/bare-monitor.js';
import { atEnd, temporaryDirectory } from '../../harness/temporary.js';
import { PATIENCE, until } from '../../harness/until.js';
import { DEFAULTS } from './support.js';

const asRoot = { skip: process.getuid?.() === 0 ? false : 'the seal needs root here' };
interface Started {
  readonly pids: readonly number[];
  readonly descriptors: readonly number[];
}

const [ONE, OTHER, WATCHER] = [0, 1, 2];

/** In the launcher's place: the watcher, or an executor that notes what it is told. */
const LAUNCHER = (marks: string, tree: string): string => `#!/bin/sh
cd ${tree}
[ "$1" = 6 ] || exec ${process.execPath} ${FILES.watcher} inotify
exec ${process.execPath} --input-type=module -e '
  import { appendFileSync } from "node:fs";
  import { Channel } from "${pathToFileURL(`${FILES.root}dist/src/shared/channel.js`).href}";
  const say = (text) => appendFileSync("${marks}", process.pid + " " + text + "\\n");
  const over = () => process.exit();
  const watcher = new Channel(4, "executor", "watcher", { closed: over, broken: over });
  watcher
    .on("batch", ({ changes }) => changes.forEach(({ path }) => say("/" + path)))
    .on("walked", () => say("walked"))
    .start();
  watcher.send("credit", { entries: 1000 });
'
`;

test(
  'an executor that is started again joins the watcher, and is told everything',
  asRoot,
  async (scope) => {
    const directory = temporaryDirectory(scope);
    const tree = temporaryDirectory(scope);
    const [launcher, marks] = [`${directory}/launcher`, `${directory}/marks`];
    writeFileSync(launcher, LAUNCHER(marks, tree), { mode: 0o755 });
    const [requests, theirs] = socketpair();
    const monitor = spawn(FILES.monitor, [], {
      stdio: ['ignore', 'ignore', 'inherit', theirs, 'pipe', 'ignore', 2],
    });
    closeSync(theirs);
    atEnd(scope, () => void monitor.kill('SIGKILL'));
    const member = { outputs: [5, 6], places: [], specification: Buffer.alloc(0) };
    const pairs = [[ONE, WATCHER] as const, [OTHER, WATCHER] as const];
    const told = {
      ...NOTHING,
      launcher: fromText(launcher),
      members: [member, member, member],
      pairs,
    };
    ask(requests, encodeFrozen(told), 0, PATIENCE);
    const say = (word: 'start' | 'kill', number: number): Started => {
      const request = encodeRequest(word, number);
      const [bytes, descriptors] = ask(requests, request, ANSWER_LENGTH, PATIENCE);
      const { fault, pids } = decodeAnswer(bytes);
      assert.equal(fault, undefined);
      return { pids, descriptors };
    };
    // Each once of each process: a file that is written may be told when it is made, too.
    const said = (): string[] =>
      existsSync(marks) ? [...new Set(readFileSync(marks, 'utf8').split('\n').slice(0, -1))] : [];
    const count = (text: string): number =>
      said().filter((line) => line.endsWith(` ${text}`)).length;
    const first = say('start', startNumber([ONE, OTHER, WATCHER]));
    const channel = first.descriptors[2 * WATCHER] as number;
    const settings = { ...DEFAULTS, watchDirectory: fromText(tree), executors: 2 };
    const failed: string[] = [];
    const watcher = new Channel(channel, 'master', 'watcher', {
      closed: () => failed.push('closed'),
      broken: ({ message }) => failed.push(message),
    });
    atEnd(scope, () => void watcher.end());
    watcher
      .on('watcherUp', () => watcher.send('watch', { settings }))
      .onOthers(({ name }) => void (name === 'watcherFatal' && failed.push(name)))
      .start();
    await until('both', () => count('walked') === 2, { detail: () => failed.join() });
    assert.equal(count('/'), 2);
    say('kill', OTHER);
    // This launcher has let go of its leash.
    process.kill(first.pids[OTHER] as number, 'SIGKILL');
    say('start', startNumber([OTHER]));
    watcher.send('join', {});
    await until('the one that has joined', () => count('walked') === 3);
    assert.equal(count('/'), 3);
    writeFileSync(`${tree}/later`, '');
    await until('those that run', () => count('/later') === 2);
    assert.deepEqual(failed, []);
  },
);
