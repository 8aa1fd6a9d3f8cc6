/**
 * A user owns a directory of the tree, and so its copy: in both he exchanges directories and
 * symbolic links, and takes away temporary names, while the daemon copies. He reads nothing that he
 * may not, and nothing of others changes.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FILES } from '../../src/shared/layout.js';
import { Daemon } from '../harness/daemon.js';
import { needsNamespaces } from '../harness/offers.js';
import { commandOf } from '../harness/programs.js';
import { atEnd, subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE, until } from '../harness/until.js';
import { as, needsRoot } from '../harness/user.js';
import type { User } from '../harness/user.js';

const SECONDS = Number(process.env['CLSYNC_RACE_SECONDS'] ?? 3);
const LIMIT = { skip: needsRoot, timeout: DEADLINE + 3000 * SECONDS };
const ATTACKER: User = { name: 'attacker', uid: 61322, gid: 61322 };
const SECRET = 'the secret of root';

/** What stands for the file of root's, in each place that an attack leads to. */
function stateOf(place: string): string {
  const look = (path: string): string => {
    const { ino, mode, uid, gid, nlink, mtimeNs } = fs.lstatSync(path, { bigint: true });
    return [path, ino, mode, uid, gid, nlink, mtimeNs].join(' ');
  };
  const secret = join(place, 'secret');
  return [fs.readdirSync(place).join(), look(place), look(secret), fs.readFileSync(secret)].join(
    '\n',
  );
}

/**
 * Whether a file below a directory has the secret. By descriptors: a link would lead this test to
 * it.
 */
function hasSecret(directory: string): boolean {
  const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  const open = (path: string, flags: number): number | undefined => {
    try {
      return fs.openSync(path, flags | O_NOFOLLOW | O_NONBLOCK);
    } catch {
      return undefined; // it is a link, or gone
    }
  };
  const top = open(directory, O_DIRECTORY);
  if (top === undefined) return false;
  try {
    const inside = `/proc/self/fd/${top}`;
    return fs.readdirSync(inside, { withFileTypes: true }).some((entry) => {
      const path = `${inside}/${entry.name}`;
      if (entry.isDirectory()) return hasSecret(path);
      const file = entry.isFile() ? open(path, 0) : undefined;
      if (file === undefined) return false;
      try {
        return fs.readFileSync(file, 'latin1').includes(SECRET);
      } finally {
        fs.closeSync(file);
      }
    });
  } finally {
    fs.closeSync(top);
  }
}

function readIfThere(path: string): string {
  try {
    return fs.readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function attack(
  scope: Scope,
  base: string,
  words: readonly string[],
  name: 'swap' | 'seize' = 'swap',
): { readonly isOver: boolean } {
  const program = join(base, name);
  if (!fs.existsSync(program))
    execFileSync('cc', [
      ...['-O1', '-Wall', '-Wextra', '-Werror', '-o', program],
      join(FILES.root, `test/attacks/${name}.c`),
    ]);
  const attacker = spawn(program, words, {
    uid: ATTACKER.uid,
    gid: ATTACKER.gid,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(attacker, 'exit');
  atEnd(scope, async () => {
    attacker.kill('SIGKILL');
    await ended;
  });
  return {
    get isOver() {
      return attacker.exitCode !== null;
    },
  };
}

for (const [mode, side, skip] of [
  ['mirror', 'source', needsRoot],
  ['mirror', 'copy', needsRoot],
  ['mirror', 'both', needsRoot],
  // rsync goes by names: what leads nowhere are links in its view (--follow-symlinks).
  ['rsyncdirect', 'both', needsNamespaces()],
] as const) {
  test(`exchanged for ${SECONDS} s, ${mode}: ${side}`, { ...LIMIT, skip }, async (scope) => {
    const base = temporaryDirectory(scope);
    const [source, copy] = ['source', 'copy'].map((name) => subdirectory(base, name)) as [
      string,
      string,
    ];
    const outside = subdirectory(base, 'outside');
    const his = subdirectory(source, 'his', ATTACKER);
    // Both are seen by the executor: nothing but the way that it goes keeps it from them.
    const places = [outside, subdirectory(source, 'private'), join(copy, 'private')];
    for (const place of places.slice(0, 2)) {
      fs.chmodSync(place, 0o700);
      fs.writeFileSync(join(place, 'secret'), SECRET, { mode: 0o600 });
    }
    const daemon = new Daemon(scope, [
      ...commandOf('clsync'),
      ...['-H/NULL/', `-M${mode}`, '-t0', '-T0', '-w0', '-W', source, '-D', copy],
    ]);
    await daemon.logged(/initial sync done/);
    const before = places.map(stateOf);
    const attackers = places.flatMap((place, index) => [
      ...(side === 'copy' ? [] : [attack(scope, base, [his, `trap${index}`, place])]),
      ...(side === 'source'
        ? []
        : [attack(scope, base, [join(copy, 'his'), `trap${index}`, place])]),
    ]);
    let looks = 0;
    let mirrored = false;
    for (
      const end = Date.now() + 1000 * SECONDS;
      Date.now() < end || looks < 10 || !mirrored;
      looks++
    ) {
      // His own work goes on, so that there is always something to copy.
      fs.writeFileSync(join(his, `again${looks % 7}`), String(looks));
      fs.chownSync(join(his, `again${looks % 7}`), ATTACKER.uid, ATTACKER.gid);
      mirrored ||= fs.existsSync(join(copy, 'his/again1'));
      assert.ok(!hasSecret(join(copy, 'his')), 'the secret was copied');
      assert.deepEqual(places.map(stateOf), before);
      assert.ok(attackers.every(({ isOver }) => !isOver));
      assert.equal(daemon.exit, undefined);
      await sleep(5);
    }
    assert.equal((await daemon.stop()).code, 0);
  });
}

test("a file of root's in his directory does not become his", LIMIT, async (scope) => {
  const base = temporaryDirectory(scope);
  const [source, copy] = ['source', 'copy'].map((name) => subdirectory(base, name)) as [
    string,
    string,
  ];
  const his = subdirectory(subdirectory(source, 'his', ATTACKER), 'one', ATTACKER);
  // As root may have left it there. He may not read it, but sees its size and time.
  fs.writeFileSync(join(his, 'roots'), SECRET, { mode: 0o600 });
  as(ATTACKER, () => {
    fs.writeFileSync(join(his, 'own'), 'x'.repeat(SECRET.length));
    execFileSync('touch', ['-r', join(his, 'roots'), join(his, 'own')]);
  });
  const daemon = new Daemon(scope, [
    ...commandOf('clsync'),
    ...['-H/NULL/', '-Mmirror', '-t0', '-T0', '-w0', '-W', source, '-D', copy],
  ]);
  await daemon.logged(/initial sync done/);
  // The copy's time of change is to be so much later that its content seems to be known.
  const changed = fs.statSync(join(his, 'own')).ctimeMs;
  await until('a later moment', () => Date.now() > changed + 2500);
  as(ATTACKER, () => {
    fs.renameSync(join(copy, 'his/one/roots'), join(copy, 'his/one/own'));
    fs.renameSync(his, join(source, 'his/two'));
  });
  const own = join(copy, 'his/two/own');
  const isHis = (): boolean => fs.lstatSync(own, { throwIfNoEntry: false })?.uid === ATTACKER.uid;
  await daemon.until('his copy', isHis);
  assert.equal(fs.readFileSync(own, 'latin1'), 'x'.repeat(SECRET.length));
});

test(`temporary names taken for ${SECONDS} s`, LIMIT, async (scope) => {
  const base = temporaryDirectory(scope);
  const [source, copy] = ['source', 'copy'].map((name) => subdirectory(base, name)) as [
    string,
    string,
  ];
  const his = subdirectory(source, 'his', ATTACKER);
  fs.writeFileSync(join(his, 'roots'), SECRET, { mode: 0o600 });
  const daemon = new Daemon(scope, [
    ...commandOf('clsync'),
    ...['-H/NULL/', '-Mmirror', '-t0', '-T0', '-w0', '-W', source, '-D', copy],
  ]);
  await daemon.logged(/initial sync done/);
  const attacker = attack(scope, base, [join(copy, 'his'), 'roots'], 'seize');
  /** Whether he may read a file with the secret. */
  const hasHis = (): boolean =>
    fs.readdirSync(join(copy, 'his')).some((name) => {
      const path = join(copy, 'his', name);
      const found = fs.lstatSync(path, { throwIfNoEntry: false });
      if (found?.isFile() !== true || (found.uid === 0 && (found.mode & 0o044) === 0)) return false;
      return readIfThere(path).includes(SECRET);
    });
  let looks = 0;
  for (const end = Date.now() + 1000 * SECONDS; Date.now() < end || looks < 10; looks++) {
    as(ATTACKER, () => {
      for (let number = 0; number < 20; number++) {
        fs.rmSync(join(his, `pipe${number}`), { force: true });
        execFileSync('mkfifo', ['-m', '666', join(his, `pipe${number}`)]);
      }
    });
    assert.ok(!hasHis(), 'he may read it');
    assert.ok(!attacker.isOver);
  }
});
