/** Whoever has taken over the master of a running daemon says to its monitor what he likes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  ANSWER_LENGTH,
  encodeRequest,
  WORD,
  WRITE_LENGTH_SHIFT,
  WRITE_MAX,
} from '../../src/master/monitor/frozen-wire.js';
import { dumpParts } from '../../src/shared/dump-files.js';
import { Mirror } from '../harness/mirror.js';
import { temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE, PATIENCE } from '../harness/until.js';
import { needsRoot } from '../harness/user.js';

/**
 * Takes the master's end of the socket whose other end is the monitor's descriptor 3, says the
 * words that it reads, in hexadecimal, and prints the descriptors that came with the answers.
 */
const SAY = `
import array, ctypes, os, re, socket, subprocess, sys
master, monitor, length = map(int, sys.argv[1:4])
def inode(pid, fd):
    return re.sub(r'\\D', '', os.readlink(f'/proc/{pid}/fd/{fd}'))
children = open(f'/proc/{monitor}/task/{monitor}/children').read().split()
rows = [row.split() for row in subprocess.run(['ss', '-xaH'], capture_output=True, text=True).stdout.splitlines()]
peers = {row[-3]: row[-1] for row in rows}
held = {inode(master, fd): fd for fd in os.listdir(f'/proc/{master}/fd')}
clerk = [one for one in children if 'clsync-clerk' in open(f'/proc/{one}/comm').read()][0]
fd = held[peers[inode(clerk, 3)]]
PIDFD_GETFD = 438
libc = ctypes.CDLL(None, use_errno=True)
taken = libc.syscall(PIDFD_GETFD, os.pidfd_open(master), int(fd), 0)
if taken < 0:
    sys.exit(77)
line = socket.socket(fileno=taken)
line.settimeout(float(sys.argv[4]))
for word in sys.stdin.read().split():
    line.sendall(bytes.fromhex(word))
    got = 0
    while got < length:
        data, control, _, _ = line.recvmsg(length - got, 4096)
        if not data:
            sys.exit('the monitor has ended')
        got += len(data)
        for _, _, bytes_ in control:
            for one in array.array('i', bytes_[:len(bytes_) // 4 * 4]):
                print(word, os.readlink(f'/proc/self/fd/{one}'))
                os.close(one)
`;
/** Exit status: nobody may take a descriptor of another process here. */
const NOT_ALLOWED = 77;

const works = (...[program, ...words]: readonly [string, ...string[]]): boolean =>
  spawnSync(program, words).status === 0;
const skip =
  needsRoot ||
  (works('ss', '-xaH') && works('python3', '-c', 'import os; os.pidfd_open(1)')
    ? false
    : 'needs ss and python3');

/** All words with many numbers, but those that end something: they are the master's to say. */
function forged(): Buffer[] {
  const ends: readonly number[] = [WORD.end, WORD.kill, WORD.group];
  const words = [...Array.from({ length: 32 }, (_, word) => word), 255, 1 << 16, 0xffffffff];
  const numbers = [...Array.from({ length: 40 }, (_, number) => number), 255, 256, 1 << 16];
  return words
    .filter((word) => !ends.includes(word))
    .flatMap((word) =>
      [...numbers, 0x7fffffff, 0xffffffff].flatMap((number) => {
        const bytes = encodeRequest('end', number);
        bytes.writeUInt32LE(word);
        // The monitor ends when it is to read more than may be written.
        const length = word === WORD.write ? number >>> WRITE_LENGTH_SHIFT : 0;
        return length > WRITE_MAX ? [] : [Buffer.concat([bytes, Buffer.alloc(length)])];
      }),
    );
}

test(
  "forged words open nothing of the host's, write nothing, and leave the daemon as it was",
  { timeout: DEADLINE, skip },
  async (scope) => {
    const base = temporaryDirectory(scope);
    const rules = join(base, 'rules');
    fs.writeFileSync(rules, '+f.*\n');
    const dump = join(base, 'dump');
    const own = ['pid', 'status'].map((name) => `--${name}-file=${base}/${name}`);
    const options = [...own, '-R', rules, `--dump-dir=${dump}`];
    const mirror = new Mirror(scope, { base, options });
    const { daemon } = mirror;
    await daemon.logged(/initial sync done/);
    await daemon.until('nothing to be done', () => read(base, 'status') === 'running');
    const monitor = daemon.find(/clsync-monitor/)?.pid ?? 0;
    const before = fs.readdirSync(base).sort();
    daemon.signal('SIGSTOP');
    const words = forged().map((word) => word.toString('hex'));
    const said = spawnSync(
      'python3',
      ['-c', SAY, ...[daemon.pid, monitor, ANSWER_LENGTH, PATIENCE / 1000].map(String)],
      { input: words.join('\n'), encoding: 'utf8' },
    );
    daemon.signal('SIGCONT');
    if (said.status === NOT_ALLOWED) return scope.skip('descriptors of others cannot be taken');
    assert.equal(said.status, 0, said.stderr);
    const opened = said.stdout.split('\n').filter((line) => line !== '');
    // The rules file may be read again, and a dump written: no more was to be had.
    const had = new Set([join(dump, dumpParts(1)[0] ?? ''), rules]);
    assert.deepEqual(new Set(opened.map((line) => line.split(' ')[1])), had);
    assert.deepEqual(fs.readdirSync(base).sort(), [...before, 'dump'].sort());
    assert.equal(read(base, 'pid'), String(daemon.pid));
    fs.writeFileSync(join(mirror.source, 'file'), 'synced');
    await daemon.until('the sync', () => fs.existsSync(join(mirror.destination, 'file')));
    assert.equal(daemon.find(/clsync-monitor/)?.pid, monitor);
    assert.equal((await daemon.stop('SIGTERM')).code, 0);
  },
);

function read(base: string, name: string): string {
  return fs.readFileSync(join(base, name), 'utf8').trim();
}
