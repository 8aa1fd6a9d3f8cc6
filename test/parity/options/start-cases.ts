/** Options about the configuration and about what the command does besides running on. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mentioning } from '../../harness/processes.js';
import { until } from '../../harness/until.js';
import { tryToEnd } from '../stage.js';
import { RUNNING, callsAtEnd, comes, firstCalled } from './case.js';
import type { Case } from './case.js';
import type { Run } from './run.js';

const NOT_IN_FILE = 'it is what the file is found by, or what is done instead of reading one';

async function dumped(run: Run): Promise<void> {
  run.daemon.signal(29);
  await run.daemon.until('a dump', () => run.names('dump').includes('instance'));
}

export const START_CASES: Readonly<Record<string, Case>> = {
  background: {
    beside: RUNNING,
    effect: async (run) => {
      const ended = await comes(run, () => run.daemon.exit !== undefined);
      // The command itself may have ended long before.
      await until('a call', () => run.calls().length > 0);
      const before = run.calls().length;
      run.write('afterwards');
      await until('another call', () => run.calls().length > before);
      for (const { pid, command } of mentioning(run.base))
        if (/master\/main\.js/.test(command)) tryToEnd(pid);
      await run.daemon.gone(run.base);
      return ended && run.daemon.exit?.code === 0 ? 'in the background' : 'in the foreground';
    },
    expected: 'in the background',
  },
  help: {
    effect: async (run) =>
      `${await run.ended()} ${/--watch-dir/.test(run.daemon.stdout + run.daemon.stderr)}`,
    expected: '0 true',
    without: { config: NOT_IN_FILE },
  },
  version: {
    effect: async (run) =>
      `${await run.ended()} ${/\d+\.\d+/.test(run.daemon.stdout + run.daemon.stderr)} ` +
      run.calls().length,
    expected: '0 true 0',
    without: { config: NOT_IN_FILE },
  },
  'config-file': {
    value: '$base/mine',
    prepare: (base) => writeFileSync(join(base, 'mine'), '[default]\nlabel = from the file\n'),
    words: ['%label%'],
    effect: callsAtEnd,
    expected: 'from the file',
    without: { config: NOT_IN_FILE },
  },
  'config-block': {
    value: 'other',
    blocks: '[other]\nlabel = from the block',
    words: ['%label%'],
    effect: callsAtEnd,
    expected: 'from the block',
    without: { config: NOT_IN_FILE },
  },
  'config-block-inherits': {
    value: 'other',
    blocks: '[other]\nlabel = inherited',
    words: ['%label%'],
    effect: callsAtEnd,
    expected: 'inherited',
  },
  'custom-signals': {
    value: '28:lazy',
    beside: { ...RUNNING, 'threshold-bigfile': '10', 'dump-dir': '$base/dump' },
    blocks: '[lazy]\ndelay-collect = 100',
    effect: async (run) => {
      await run.called(1);
      run.daemon.signal(28);
      // The kernel delivers the pending signal with the lower number first.
      await dumped(run);
      const words = await firstCalled(run, ['b', 'a'], () => {
        run.write('b', 'small');
        run.append('a', 'longer than before');
      });
      return words.includes('b') ? 'soon' : 'later';
    },
    expected: 'later',
  },
  'check-config': {
    effect: async (run) => `${await run.ended()} after ${run.calls().length}`,
    expected: '0 after 0',
  },
  'explain-sandbox': {
    value: 'json',
    effect: async (run) =>
      `${await run.ended()} ` +
      `${Object.keys(JSON.parse(run.daemon.stdout)).slice(0, 5).join(' ')} ` +
      run.calls().length,
    expected: '0 monitor master watcher executor handlers 0',
  },
};
