/**
 * Who owns a directory above one that root's daemon works in renames it away and puts a symbolic
 * link in its place, to where there is a directory of the same name that is not his.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { Daemon } from '../harness/daemon.js';
import { needsMounts } from '../harness/offers.js';
import { elsewhere } from '../harness/private-host.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { as, needsRoot, ORDINARY_USER } from '../harness/user.js';
import { DEADLINE } from '../harness/until.js';

const LIMIT = { timeout: DEADLINE, skip: needsRoot };
const NAMES = ['source', 'destination', 'lists', 'tools'] as const;
type Name = (typeof NAMES)[number];

/** Directories of root's: one of them in the attacker's, all others in a place of root's. */
class Scene {
  /** The attacker's. */
  readonly home: string;
  /** Not his, with a directory of each name. */
  private readonly other: string;
  private readonly own: string;
  private readonly handler: string;

  constructor(
    private readonly scope: Scope,
    private readonly exposed: Name,
  ) {
    [this.own, this.other] = [temporaryDirectory(scope), temporaryDirectory(scope)];
    this.home = temporaryDirectory(scope, ORDINARY_USER);
    subdirectory(this.home, 'up', ORDINARY_USER);
    fs.mkdirSync(this.path(exposed), { mode: 0o700 });
    for (const name of NAMES) {
      fs.mkdirSync(join(this.other, name), { mode: 0o700 });
      if (name !== exposed) fs.mkdirSync(this.path(name), { mode: 0o700 });
    }
    fs.writeFileSync(join(this.other, 'source/secret'), 'secret', { mode: 0o600 });
    fs.writeFileSync(join(this.other, 'destination/victim'), 'victim', { mode: 0o600 });
    fs.writeFileSync(join(this.path('source'), 'first'), '');
    this.handler = join(this.own, 'handler');
    fs.writeFileSync(this.handler, `#!/bin/sh\necho . >>${this.path('tools')}/mark\n`, {
      mode: 0o755,
    });
  }

  path(name: Name): string {
    return name === this.exposed ? join(this.home, 'up', name) : join(this.own, name);
  }

  get options(): readonly string[] {
    const common = ['-t0', '-T0', '-w0', '-W', this.path('source')];
    return this.exposed === 'tools'
      ? [...common, '-Msimple', '-S', this.handler, `--handler-allow=${this.path('tools')}:rw`]
      : [
          ...common,
          '-Mrsyncdirect',
          ...['-D', this.path('destination'), `--lists-dir=${this.path('lists')}`],
        ];
  }

  start(): Daemon {
    return new Daemon(this.scope, [...commandOf('clsync'), ...this.options]);
  }

  /** The attack. */
  lead(): void {
    as(ORDINARY_USER, () => {
      fs.renameSync(join(this.home, 'up'), join(this.home, 'away'));
      fs.symlinkSync(this.other, join(this.home, 'up'));
    });
  }

  relent(): void {
    as(ORDINARY_USER, () => {
      fs.unlinkSync(join(this.home, 'up'));
      fs.renameSync(join(this.home, 'away'), join(this.home, 'up'));
    });
  }

  /** A trap that takes the place of `up` when the two are exchanged. */
  lay(): void {
    as(ORDINARY_USER, () => fs.symlinkSync(this.other, join(this.home, 'trap')));
  }

  change(name: string): void {
    fs.writeFileSync(join(this.path('source'), name), '');
  }

  /** Whether a change has come through. */
  came(name: string): boolean {
    const { exposed } = this;
    return exposed === 'tools'
      ? fs.existsSync(join(this.path('tools'), 'mark'))
      : fs.existsSync(join(this.path('destination'), name));
  }

  /** Nothing was taken from the other place or done to it. */
  assertUntouched(): void {
    const listed = NAMES.map((name) => fs.readdirSync(join(this.other, name)));
    assert.deepEqual(listed, [['secret'], ['victim'], [], []]);
    for (const name of NAMES) {
      const { uid, mode } = fs.statSync(join(this.other, name));
      assert.deepEqual([name, uid, mode & 0o777], [name, 0, 0o700]);
    }
    assert.equal(fs.existsSync(join(this.path('destination'), 'secret')), false);
  }
}

for (const exposed of NAMES) {
  test(
    `a link of another user in the way to the ${exposed} is refused at the start`,
    LIMIT,
    async (scope) => {
      const scene = new Scene(scope, exposed);
      scene.lead();
      const daemon = scene.start();
      await daemon
        .until('the end', () => daemon.exit !== undefined || daemon.stdout !== '')
        .catch(() => undefined);
      assert.match(
        daemon.stderr,
        /up is a symbolic link that another user can change, which is not followed/,
      );
      assert.equal((await daemon.exited).code, 40);
      scene.relent();
      scene.assertUntouched();
    },
  );

  test(
    `one that is put there while the daemon runs does not lead it to another ${exposed}`,
    LIMIT,
    async (scope) => {
      const scene = new Scene(scope, exposed);
      const daemon = scene.start();
      scene.change('second');
      await daemon.until('the first sync', () => scene.came('second'));
      scene.lead();
      if (exposed === 'tools') {
        // A new crew, as the attacker may bring about in many ways.
        fs.rmSync(join(scene.home, 'away/tools/mark'));
        fs.renameSync(scene.path('source'), `${scene.path('source')}.old`);
        await daemon.logged(/watch directory .* is gone/);
        fs.renameSync(`${scene.path('source')}.old`, scene.path('source'));
      }
      await daemon.logged(/a symbolic link (now in the path|that another user can change)/);
      if (exposed !== 'source') scene.change('third');
      await daemon.until('nothing that runs', () => daemon.roles().length === 0);
      scene.relent();
      scene.change('fourth');
      await daemon.until('the mirror to go on', () => scene.came('fourth'));
      scene.assertUntouched();
    },
  );

  for (const options of [[], ['--handler-view=host']])
    test(
      [
        `one that is there for a moment of the launch does not lead to another ${exposed}`,
        ...options,
      ].join(', '),
      { ...LIMIT, skip: needsMounts() },
      async (scope) => {
        const scene = new Scene(scope, exposed);
        scene.lay();
        const daemon = new Daemon(
          scope,
          exchanging(scope, scene.home, [...scene.options, ...options]),
        );
        scene.change('second');
        await daemon
          .until('the sync or the end', () => scene.came('second'))
          .catch((error: unknown) => {
            if (daemon.exit === undefined) throw error;
          });
        if (daemon.exit === undefined) await daemon.stop();
        // It may have been noticed, or nothing may have come of it.
        assert.ok([0, 2, 20, 71].includes(daemon.exit?.code ?? -1), daemon.output);
        scene.assertUntouched();
      },
    );
}

test(
  'a directory of another owner does not take the place of the destination',
  LIMIT,
  async (scope) => {
    const scene = new Scene(scope, 'destination');
    const daemon = scene.start();
    await daemon.until('the first sync', () => scene.came('first'));
    as(ORDINARY_USER, () => {
      fs.renameSync(scene.path('destination'), `${scene.path('destination')}.old`);
      fs.mkdirSync(scene.path('destination'));
    });
    await daemon.logged(
      /is not the one that was filled: .* of the user 5: .* APPROVE" takes this one/,
    );
    assert.deepEqual(fs.readdirSync(scene.path('destination')), []);
    daemon.signal('SIGUSR2');
    await daemon.until('the sync that was asked for', () => scene.came('first'));
  },
);

/** The daemon, whose launchers meet two names that change places whenever they go that way. */
function exchanging(scope: Scope, home: string, options: readonly string[]): readonly string[] {
  const launcher = join(temporaryDirectory(scope), 'launcher');
  const native = join(FILES.root, 'src/native');
  const sources = fs
    .readdirSync(join(native, 'launch'))
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(native, 'launch', name));
  execFileSync('cc', [
    ...['-std=c11', '-D_GNU_SOURCE', `-DDIRECTORY="${home}"`, `-I${native}`, '-o', launcher],
    ...['-Wl,--wrap=open_tree', '-Wl,--wrap=syscall', ...sources],
    join(FILES.root, 'test/attacks/exchange.c'),
  ]);
  return [...elsewhere({ [FILES.launcher]: launcher }, commandOf('clsync')), ...options];
}
