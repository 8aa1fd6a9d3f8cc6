/** Both units under a systemd that has booted: they start, mirror, recover and leave nothing. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { Container, needsContainer } from '../harness/container.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { until } from '../harness/until.js';

const CLSYNC = '/usr/local/lib/clsync';
const UNITS = ['clsync@www.service', 'clsync-restricted@copy.service'] as const;
/** Its handler makes more processes than a daemon of the same user could have beside them. */
const BOMB = 'clsync-restricted@bomb.service';
const PROCESSES = 100;
const HANDLER = `#!/bin/sh
for i in $(seq ${2 * PROCESSES}); do sleep 1234 & done
: >/srv/clsync/bomb/full
wait
`;
const ROLES = ['watcher', 'executor', 'master'] as const;
const CONFIGURATION = UNITS.map((unit) => {
  const block = blockOf(unit);
  const at = `/srv/clsync/${block}`;
  return (
    `[${block}]\nmode = rsyncdirect\nwatch-dir = ${at}/source\ndestination-dir = ${at}/copy\n` +
    'delay-sync = 0\ndelay-collect = 0\n'
  );
}).join('');
const EXPLODING =
  '[bomb]\nmode = simple\nwatch-dir = /srv/clsync/bomb/source\nsync-handler = /srv/clsync/bomb/handler\n' +
  'handler-allow = /srv/clsync/bomb:rw\ndelay-sync = 0\ndelay-collect = 0\n';

function blockOf(unit: string): string {
  return /@(\w+)/.exec(unit)?.[1] as string;
}

class Machine {
  readonly base: string;
  private readonly container: Container;
  private made = 0;

  constructor(scope: Scope) {
    this.base = temporaryDirectory(scope);
    fs.chmodSync(this.base, 0o755);
    for (const unit of UNITS)
      for (const name of ['source', 'copy']) {
        fs.mkdirSync(`${this.base}/srv/${blockOf(unit)}`, { recursive: true });
        subdirectory(this.base, `srv/${blockOf(unit)}/${name}`);
      }
    fs.writeFileSync(this.base + '/limit.conf', `[Service]\nLimitNPROC=${PROCESSES}\n`);
    subdirectory(this.base, 'srv/bomb/source');
    fs.writeFileSync(this.base + '/srv/bomb/source/first', '');
    fs.writeFileSync(this.base + '/srv/bomb/handler', HANDLER, { mode: 0o755 });
    fs.writeFileSync(this.base + '/clsync.conf', CONFIGURATION + EXPLODING);
    fs.writeFileSync(
      this.base + '/clsync',
      `#!/bin/sh\nexec ${process.execPath} ${CLSYNC}/dist/roles/master/main.js "$@"\n`,
      { mode: 0o755 },
    );
    const binds = {
      [FILES.root]: CLSYNC,
      [this.base + '/clsync']: '/usr/local/bin/clsync',
      [this.base + '/clsync.conf']: '/etc/clsync/clsync.conf',
      [FILES.root + 'systemd/clsync@.service']: '/etc/systemd/system/clsync@.service',
      [FILES.root + 'systemd/clsync-restricted@.service']:
        '/etc/systemd/system/clsync-restricted@.service',
      [this.base + '/limit.conf']: `/etc/systemd/system/${UNITS[1]}.d/limit.conf`,
      [FILES.root + 'systemd/clsync-user@.service']: '/etc/systemd/system/clsync-user@.service',
      [FILES.root + 'systemd/clsync.tmpfiles']: '/etc/tmpfiles.d/clsync.conf',
    };
    this.container = new Container(scope, {
      options: [
        ...['--tmpfs=/usr/local:mode=755', `--bind=${this.base}/srv:/srv/clsync`],
        ...Object.entries(binds).map(([from, to]) => `--bind-ro=${from}:${to}`),
      ],
    });
  }

  /** Whether a file of a block is there. */
  has(path: string): boolean {
    return fs.existsSync(`${this.base}/srv/${path}`);
  }

  booted(): Promise<void> {
    return this.container.booted();
  }

  run(...command: readonly string[]): string {
    const { status, output } = this.container.run(...command);
    assert.equal(status, 0, `${command.join(' ')}: ${output}\n${this.journal()}`);
    return output;
  }

  show(unit: string, property: string): string {
    return this.run('systemctl', 'show', '--value', '-p', property, unit);
  }

  journal(): string {
    return this.container.run('journalctl', '-n80', '-o', 'cat', '-u', 'clsync*').output;
  }

  /** Waits until what is new in the unit's source is in its copy. */
  async mirrors(unit: string): Promise<void> {
    const at = `${this.base}/srv/${blockOf(unit)}`;
    const name = String(++this.made);
    fs.writeFileSync(`${at}/source/${name}`, name);
    await until(`a file mirrored by ${unit}`, () => fs.existsSync(`${at}/copy/${name}`), {
      detail: () => this.journal(),
    });
  }

  /** The processes of a role. */
  processesOf(unit: string, role: string): string[] {
    const script =
      'for p in $(grep -l "$1" /proc/[0-9]*/cgroup 2>/dev/null | cut -d/ -f3); do ' +
      'grep -q "/$2/main.js" /proc/$p/cmdline && echo $p; done; :';
    const { output } = this.container.run('sh', '-c', script, 'sh', unit, role);
    return output.split('\n').filter((line) => /^\d+$/.test(line));
  }
}

test(
  'both units start, mirror, reload, outlive the kill of each role, and leave nothing',
  { timeout: 400_000, skip: needsContainer() },
  async (scope) => {
    const machine = new Machine(scope);
    await machine.booted();
    machine.run('systemctl', 'start', BOMB, ...UNITS);
    await until('as many processes as there may be', () => machine.has('bomb/full'), {
      detail: () => machine.journal(),
    });
    for (const unit of UNITS) {
      await machine.mirrors(unit);
      machine.run('systemctl', 'reload', unit);
      await machine.mirrors(unit);
      for (const role of ROLES) {
        const before = machine.processesOf(unit, role);
        assert.notEqual(before.length, 0, role);
        // One of them may have been on its way to become another program.
        machine.run('sh', '-c', 'kill -9 "$@" || :', 'sh', ...before);
        await until(`another ${role} of ${unit}`, () => {
          const after = machine.processesOf(unit, role);
          return after.length > 0 && after.every((pid) => !before.includes(pid));
        });
        await machine.mirrors(unit);
      }
      assert.equal(machine.show(unit, 'ActiveState'), 'active');
      await until('a sentence in its status', () =>
        /^\S.*: 1 directory, 0 pending, /.test(machine.show(unit, 'StatusText')),
      );
      const told = ['-q', '-o', 'cat', '-u', unit, `CLSYNC_INSTANCE=${blockOf(unit)}`];
      await until('fields in the journal', () =>
        machine.run('journalctl', ...told, 'CLSYNC_EVENT=synced').includes('initial sync done'),
      );
      assert.equal(machine.show(unit, 'NRestarts'), '1');
    }
    machine.run('systemctl', 'stop', BOMB, ...UNITS);
    for (const unit of [BOMB, ...UNITS]) assert.equal(machine.show(unit, 'Result'), 'success');
    assert.equal(machine.run('sh', '-c', 'ps -eo args | grep -v grep | grep clsync || :'), '');
    assert.equal(machine.run('ls', '-A', '/run/clsync'), '.uids');
    assert.equal(machine.run('ls', '-A', '/run/clsync/.uids'), '');
  },
);
