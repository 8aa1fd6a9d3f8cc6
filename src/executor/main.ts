/**
 * The executor's process: gets orders from the master and batches of dirty paths from the watcher,
 * and starts programs.
 */
import { stat } from 'node:fs';
import { Channel } from '../shared/channel.js';
import { ClsyncError } from '../shared/errors.js';
import { ALONE, DESCRIPTORS } from '../shared/layout.js';
import { LEVELS, SUBJECTS } from '../shared/report.js';
import type { Level, Subject } from '../shared/report.js';
import { seal } from '../shared/seal.js';
import { executorSeal } from '../shared/seccomp/executor.js';
import type { ExecutorSettings, HandlerConfinement } from '../shared/settings.js';
import { shareStandardStreams } from '../shared/standard-streams.js';
import { Executor } from './executor.js';

let executor: Executor | undefined;

const master = new Channel(DESCRIPTORS.master, 'executor', 'master', {
  closed: leave,
  broken: leave,
});
const watcher = new Channel(DESCRIPTORS.peer, 'executor', 'watcher', {
  // The master notices that the watcher has ended, and restarts both.
  closed: () => undefined,
  broken: (error) => fatal(new ClsyncError('PEER_BROKEN', 'the watcher', error.message)),
});

function report(level: Level, text: string, about: Subject = ''): void {
  master.send('executorRecord', {
    level: LEVELS.indexOf(level),
    text,
    about: SUBJECTS.indexOf(about),
  });
}

function fatal(error: ClsyncError): void {
  master.send('executorFatal', { code: error.code, text: error.message });
}

async function start(settings: ExecutorSettings, handlers: HandlerConfinement): Promise<void> {
  executor = new Executor(settings, handlers, master, watcher, report);
  await executor.start();
}

/** The executor ends with the master, and ends the programs it started. */
function leave(): void {
  void (executor?.abandon() ?? Promise.resolve()).finally(() => process.exit(0));
}

master
  .on('execute', ({ settings, handlers }) => {
    start(settings as ExecutorSettings, handlers as HandlerConfinement).catch((error: unknown) => {
      if (!(error instanceof ClsyncError)) throw error;
      fatal(error);
    });
  })
  .on('adjust', ({ settings }) => executor?.adjust(settings as ExecutorSettings))
  .on('finish', ({ how }) => void executor?.finish(how))
  .on('describeQueues', () => void executor?.describe())
  .on('interrupt', () => executor?.tryNow())
  .on('flush', ({ serial, limit }) => executor?.flush(serial, limit))
  .on('pendingAsked', ({ serial, under }) => executor?.tellPending(serial, under))
  .on('compare', ({ serial, checksum }) => executor?.comparisons.ordered(serial, checksum === 1))
  .on('approve', () => executor?.approve())
  .on('executorConfirm', ({ serial }) => master.send('executorConfirmed', { serial }))
  .on('statusKnown', () => executor?.statusKnown())
  .on('standby', ({ isThere }) => executor?.standby(isThere === 1));
shareStandardStreams();
// The first use creates libuv's threads. Node aborts when that fails, for example while a handler
// uses up the limit of processes, so it is done now.
stat('/', () => undefined);
seal(executorSeal(process.argv[2] !== ALONE), (call, count) =>
  master.send('executorRefused', { call, count }),
);
master.start();
master.send('executorUp', {});
