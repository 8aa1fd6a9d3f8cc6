/** At rest, nothing in the daemon runs: no timer, no look at what may have changed. */
import { test } from 'node:test';
import { Mirror } from '../harness/mirror.js';
import { descendants, readOf } from '../harness/processes.js';
import { DEADLINE, PATIENCE } from '../harness/until.js';

/** Milliseconds. What V8 does by itself ends after some of these. */
const WINDOW = 2500;

/**
 * How often the main threads of the process and of its descendants have given the processor up. Of
 * others, the one that hears of the names on the way to paths also wakes up for those of no
 * concern.
 */
function waits(pid: number): string {
  return [pid, ...descendants(pid).map((process) => process.pid)]
    .map((process) => {
      const [, count = ''] =
        /^voluntary_ctxt_switches:\s*(\d+)$/m.exec(readOf(process, 'status')) ?? [];
      return `${process}: ${count}`;
    })
    .join('\n');
}

test('at rest, no process wakes up', { timeout: DEADLINE }, async (scope) => {
  const { daemon } = new Mirror(scope);
  await daemon.logged(/initial sync done/);
  let [before, now] = ['', ''];
  const isAtRest = (): boolean => {
    [before, now] = [now, waits(daemon.pid)];
    return now === before;
  };
  // Mounts of others wake it up, too.
  await daemon.until('rest', isAtRest, {
    timeout: 2 * PATIENCE,
    every: WINDOW,
    detail: () => `before:\n${before}\nand ${WINDOW} ms later:\n${now}`,
  });
});
