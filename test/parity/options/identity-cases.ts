/** Options about who the roles and the handlers are. */
import { readFileSync } from 'node:fs';
import { ACCEPTED, RUNNING, probed } from './case.js';
import type { Case } from './case.js';
import type { Run } from './run.js';

/** A field of the watcher's /proc/PID/status. */
function watcherStatus(field: string): (run: Run) => Promise<string> {
  return async (run) => {
    await run.called(1);
    const watcher = run.daemon.find(/\/watcher\/main\.js/);
    if (watcher === undefined) throw new Error('no watcher');
    const line = readFileSync(`/proc/${watcher.pid}/status`, 'utf8')
      .split('\n')
      .find((text) => text.startsWith(field + ':'));
    return line?.split('\t')[1] ?? '';
  };
}

export const IDENTITY_CASES: Readonly<Record<string, Case>> = {
  compat: { effect: probed('uid'), expected: '0' },
  'handler-capabilities': {
    value: 'none',
    effect: probed('capabilities'),
    expected: '0000000000000000',
  },
  uid: { value: '12345', effect: probed('uid'), expected: '12345' },
  gid: { value: '12345', effect: probed('gid'), expected: '12345' },
  'sync-handler-uid': { value: '12345', effect: probed('uid'), expected: '12345' },
  'sync-handler-gid': { value: '12345', effect: probed('gid'), expected: '12345' },
  'privileged-uid': {
    value: '12345',
    beside: RUNNING,
    effect: watcherStatus('Uid'),
    expected: '12345',
  },
  'privileged-gid': {
    value: '12345',
    beside: RUNNING,
    effect: watcherStatus('Gid'),
    expected: '12345',
  },
  'preserve-capabilities': {
    value: 'CAP_SETUID',
    beside: RUNNING,
    effect: watcherStatus('CapEff'),
    expected: '0000000000000000',
  },
  'inherit-capabilities': {
    value: 'empty',
    effect: probed('capabilities'),
    expected: '0000000000000000',
  },
  splitting: {
    // In the C program this value means a single process.
    value: 'off',
    beside: RUNNING,
    effect: async (run) => {
      await run.called(1);
      return ['watcher', 'executor']
        .filter((role) => run.daemon.find(new RegExp(`/${role}/main\\.js`)) !== undefined)
        .join(' ');
    },
    expected: 'watcher executor',
    isDefault: true,
  },
  'seccomp-filter': {
    beside: RUNNING,
    effect: watcherStatus('Seccomp'),
    // SECCOMP_MODE_FILTER
    expected: '2',
    isDefault: true,
  },
  'permit-mprotect': ACCEPTED,
  'shm-mprotect': ACCEPTED,
  'forget-privthread-info': ACCEPTED,
};
