/** Kernels that lack a mechanism, simulated by a filter of system calls around the whole daemon: it mirrors and says what is missing, or refuses. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromText } from '../../src/shared/bytes.js';
import { FILES } from '../../src/shared/layout.js';
import { compileFilter } from '../../src/shared/seccomp/filter.js';
import type { Rule } from '../../src/shared/seccomp/filter.js';
import type { Specification } from '../../src/shared/specification.js';
import { launch, specificationOf } from '../unit/launcher-harness.js';
import type { Launched } from '../unit/launcher-harness.js';

const LACKS: Readonly<Record<string, { readonly rules: readonly Rule[]; readonly says: RegExp }>> = {
  Landlock: { rules: [{ verdict: 'ENOSYS', calls: ['landlock_create_ruleset'] }], says: /no Landlock/ },
  PR_SET_MDWE: { rules: [{ verdict: 'EINVAL', calls: ['prctl'], when: [{ argument: 0, oneOf: [65, 66] }] }], says: /no PR_SET_MDWE/ },
  'filters of system calls': { rules: [{ verdict: 'EINVAL', calls: ['seccomp'] }], says: /no filter of system calls/ },
  namespaces: { rules: [{ verdict: 'EPERM', calls: ['unshare'] }], says: /no namespaces/ },
};
const NONE = { permitted: 0n, effective: 0n, inheritable: 0n, ambient: 0n };
const user = (groups: readonly number[]): Partial<Specification> => ({ identity: { uid: 61310, gid: 61310, groups }, capabilities: NONE, bounding: 0n });
const STARTERS: Readonly<Record<string, Partial<Specification>>> = { root: {}, 'a user': user([]), 'a user of several groups': user([61310, 61311]) };
const asRoot = { skip: process.getuid?.() === 0 ? false : 'needs root', timeout: 60_000 };

class Place {
  readonly directory = mkdtempSync('/var/tmp/clsync-missing-');
  readonly source = this.directory + '/source';
  readonly copy = this.directory + '/copy';
  readonly log = this.directory + '/log';

  constructor(owner: number) {
    for (const path of [this.source, this.copy]) {
      mkdirSync(path);
      chownSync(path, owner, owner);
    }
    chownSync(this.directory, owner, owner);
    chmodSync(this.directory, 0o755);
    writeFileSync(this.source + '/file', 'x');
  }

  daemon(starter: Partial<Specification>, rules: readonly Rule[], ...words: readonly string[]): Launched {
    const command = [process.execPath, FILES.root + 'dist/src/master/main.js', '-Mrsyncdirect', '-W', this.source, '-D', this.copy, ...words];
    const script = `exec "$@" >${this.log} 2>&1`;
    return launch(
      specificationOf([], {
        ...starter,
        session: true,
        program: fromText('/bin/sh'),
        arguments: ['sh', '-c', script, 'sh', ...command].map(fromText),
        environment: [fromText('PATH=/usr/bin:/bin')],
        seccomp: compileFilter(rules),
      }),
    );
  }

  said(): string {
    return readFileSync(this.log, 'utf8');
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }
}

for (const [what, { rules, says }] of Object.entries(LACKS)) {
  for (const [who, starter] of Object.entries(STARTERS)) {
    test(`without ${what}, started by ${who}: it mirrors and says what is missing`, asRoot, async () => {
      const place = new Place(starter.identity?.uid ?? 0);
      const daemon = place.daemon(starter, rules);
      try {
        while (!existsSync(place.copy + '/file') && daemon.child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
        assert.ok(existsSync(place.copy + '/file'), place.said());
        assert.match(place.said(), says);
      } finally {
        daemon.child.kill('SIGTERM');
        await daemon.ended;
        place.remove();
      }
    });
  }

  test(`without ${what} it refuses under --secure-splitting`, asRoot, async () => {
    const place = new Place(0);
    try {
      assert.equal((await place.daemon({}, rules, '--secure-splitting').ended).code, 71);
      assert.match(place.said(), says);
      assert.ok(!existsSync(place.copy + '/file'));
    } finally {
      place.remove();
    }
  });
}
