/** Options that say what is watched and synced, and in what form handlers are told. */
import { chmodSync, chownSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindElsewhere, mountFuse, needsBindfs, needsFuse } from '../../harness/fuse.js';
import { mountAt } from '../../harness/mounts.js';
import { needsMounts, needsNamespaces } from '../../harness/offers.js';
import { PAGES, mapped, needsPython } from '../../harness/mapped.js';
import { atEnd } from '../../harness/temporary.js';
import type { Scope } from '../../harness/temporary.js';
import { ORDINARY_USER } from '../../harness/user.js';
import { writeScript } from '../stage.js';
import { ACCEPTED, RUNNING, callsAtEnd, comes, firstCalled, namesOf } from './case.js';
import type { Case } from './case.js';
import type { Run } from './run.js';

const DIRECT = '. a b directory directory/c';
const sorted = async (run: Run): Promise<string> => {
  const [call = ''] = (await callsAtEnd(run)).split('; ');
  return namesOf(call);
};

export const CONTENT_CASES: Readonly<Record<string, Case>> = {
  'watch-dir': { value: '$base/source', effect: sorted, expected: DIRECT },
  'destination-dir': {
    value: '$base/destination',
    effect: async (run) => String((await callsAtEnd(run)).endsWith(' /destination/')),
    expected: 'true',
  },
  mode: {
    value: 'simple',
    effect: async (run) =>
      String((await callsAtEnd(run)).startsWith('sync nolabel 1073742080 /source')),
    expected: 'true',
  },
  'sync-handler': {
    value: '$base/other',
    prepare: (base) => writeScript(join(base, 'other'), `echo other >>'${base}/writable/calls'`),
    effect: callsAtEnd,
    expected: 'other',
  },
  'rules-file': {
    value: '$base/rules',
    prepare: (base) => writeFileSync(join(base, 'rules'), '-f^b$\n-d^directory$'),
    effect: sorted,
    expected: '. a',
  },
  'trust-files': {
    beside: { 'rules-file': '$base/rules' },
    prepare: (base) => {
      writeFileSync(join(base, 'rules'), '-f^b$\n-d^directory$');
      chownSync(join(base, 'rules'), ORDINARY_USER.uid, ORDINARY_USER.gid);
    },
    effect: sorted,
    expected: '. a',
  },
  'rsync-option': {
    value: '--bwlimit=7m',
    beside: { mode: 'rsyncdirect' },
    effect: async (run) => String((await callsAtEnd(run)).includes(' --bwlimit=7m ')),
    expected: 'true',
  },
  'no-delete': {
    beside: { mode: 'rsyncdirect' },
    effect: async (run) => String((await callsAtEnd(run)).includes(' --delete ')),
    expected: 'false',
  },
  label: { value: 'mine', words: ['%label%'], effect: callsAtEnd, expected: 'mine' },
  'full-initialsync': {
    beside: { 'rules-file': '$base/rules' },
    prepare: (base) => writeFileSync(join(base, 'rules'), '-f^b$\n'),
    effect: sorted,
    expected: DIRECT,
  },
  monitor: { value: 'inotify', effect: sorted, expected: DIRECT, isDefault: true },
  'recheck-interval': {
    value: '0.2',
    needs: () => needsPython,
    beside: RUNNING,
    effect: async (run) => {
      const path = join(run.source, 'a');
      using file = await mapped(path);
      await run.called(1);
      await run.daemon.logged(/watching/);
      // The first may be told for another reason: a new directory is told, too.
      const rounds = async (): Promise<boolean> => {
        for (let page = 0; page < PAGES; page++) {
          const before = run.calls().length;
          await file.write();
          if (!(await comes(run, () => run.calls().length > before))) return false;
        }
        return true;
      };
      return (await rounds()) ? 'found' : 'unknown';
    },
    expected: 'found',
  },
  'one-file-system': {
    beside: RUNNING,
    needs: needsMounts,
    prepare: mountBelow,
    effect: mountIsSynced,
    expected: 'without',
  },
  'allow-fuse': {
    needs: () => needsNamespaces() || needsFuse,
    prepare: (base, scope) => {
      const point = join(base, 'source/foreign');
      mkdirSync(point);
      writeFileSync(join(point, 'beneath'), '');
      mountFuse(scope, point);
    },
    beside: { ...RUNNING, 'ignore-failures': '1' },
    handler: `ls '$base/source/foreign' >>'$base/writable/inside' 2>&1`,
    effect: async (run) => {
      await run.called(1);
      return /Permission denied/.test(run.probe('inside')) ? 'shown' : 'hidden';
    },
    expected: 'shown',
  },
  'two-way': {
    beside: { mode: 'rsyncdirect', 'sync-handler': undefined },
    prepare: (base) => {
      const theirs = join(base, 'destination/a');
      writeFileSync(theirs, 'newer');
      utimesSync(theirs, Date.now() / 1000 + 60, Date.now() / 1000 + 60);
    },
    effect: async (run) => (await run.ended(), run.text('destination/a') ?? ''),
    expected: 'newer',
  },
  'poll-interval': {
    needs: () => needsFuse || needsBindfs,
    value: '7',
    beside: RUNNING,
    prepare: (base, scope) => {
      const bound = bindElsewhere(join(base, 'writable'), join(base, 'source/bound'));
      atEnd(scope, () => bound[Symbol.dispose]());
    },
    effect: async (run) => {
      await run.daemon.logged(/compared every/);
      return /compared every (\S+) s/.exec(run.daemon.stderr)?.[1] ?? '';
    },
    expected: '7',
  },
  'exclude-mount-points': {
    beside: RUNNING,
    needs: needsMounts,
    prepare: mountBelow,
    effect: mountIsSynced,
    expected: 'without',
  },
  'modification-signature': {
    value: 'mtime',
    beside: RUNNING,
    effect: async (run) => {
      await run.called(1);
      // The first event of a path is always synced; after it, only changes of the signature are.
      const { atime, mtime } = statSync(join(run.source, 'a'));
      utimesSync(join(run.source, 'a'), atime, mtime);
      await run.called(2);
      const words = await firstCalled(run, ['a', 'b'], () => {
        chmodSync(join(run.source, 'a'), 0o600);
        run.write('b', 'changed');
      });
      return words.includes('a') ? 'synced' : 'taken for no change';
    },
    expected: 'taken for no change',
  },
  'have-recursive-sync': { effect: callsAtEnd, expected: '/source /destination/' },
  'rsync-inclimit': {
    value: '3',
    beside: { mode: 'rsyncshell', 'rsync-prefer-include': '1' },
    effect: async (run) => (await callsAtEnd(run), String(run.calls().length > 1)),
    expected: 'true',
  },
  'keep-connection': {
    value: '0',
    beside: { ...RUNNING, mode: 'rsyncdirect', 'destination-dir': '127.0.0.1:/copy' },
    // Nobody listens there.
    environment: { RSYNC_RSH: 'ssh -p 1' },
    effect: async (run) => {
      await run.called(1);
      const shell = /^RSYNC_RSH=.*ControlPath=(\S+)/m.exec(run.text('writable/environment') ?? '');
      return shell?.[1] === 'none' ? 'each sync connects' : 'one is kept';
    },
    expected: 'each sync connects',
  },
  'rsync-prefer-include': {
    beside: { mode: 'rsyncshell' },
    effect: async (run) => String((await callsAtEnd(run)).split(' ').length),
    expected: '3',
  },
  'synclist-simplify': {
    beside: { mode: 'shell', 'lists-dir': '$base/lists' },
    handler: `cat "$3" >>'$base/writable/content'`,
    effect: async (run) => {
      await run.ended();
      return (run.text('writable/content') ?? '')
        .split('\n')
        .filter((line) => line !== '')
        .sort()
        .join(' ');
    },
    expected: 'a b directory directory/c',
  },
  'lists-dir': {
    value: '$base/lists',
    beside: { mode: 'shell' },
    effect: async (run) => String((await callsAtEnd(run)).startsWith('synclist nolabel /lists/')),
    expected: 'true',
  },
  'dont-unlink-lists': {
    beside: { mode: 'shell', 'lists-dir': '$base/lists' },
    prepare: (base) => mkdirSync(join(base, 'lists'), { mode: 0o700 }),
    effect: async (run) => (await run.ended(), run.names('lists').length > 0 ? 'kept' : 'removed'),
    expected: 'kept',
  },
  'fts-experimental-optimization': ACCEPTED,
};

/** Mounts a file system with one file in the source. */
function mountBelow(base: string, scope: Scope): void {
  const point = join(base, 'source/mounted');
  mountAt(scope, ['-t', 'tmpfs', 'tmpfs'], point);
  writeFileSync(join(point, 'inside'), '');
}

async function mountIsSynced(run: Run): Promise<string> {
  await run.called(1);
  return run.calls().some((call) => call.includes('mounted/inside')) ? 'with the mount' : 'without';
}
