/**
 * The watcher: turns kernel events into batches of dirty paths. It can read every directory and
 * change nothing.
 */
import { fromText } from '../shared/bytes.js';
import { Channel } from '../shared/channel.js';
import { ClsyncError } from '../shared/errors.js';
import { DESCRIPTORS } from '../shared/layout.js';
import { openMountTable } from '../shared/mount-table.js';
import { isMonitor, MONITORS } from '../shared/monitors.js';
import { handOver, piecesOf } from '../shared/pieces.js';
import { isShown, LEVELS } from '../shared/report.js';
import type { Level } from '../shared/report.js';
import { seal } from '../shared/seal.js';
import { watcherSeal } from '../shared/seccomp/watcher.js';
import type { WatcherSettings } from '../shared/settings.js';
import { shareStandardStreams } from '../shared/standard-streams.js';
import { createWatcher } from './create.js';
import type { Executors } from './create.js';
import { Hearer } from './outgoing/hearer.js';
import { joined } from './joined.js';
import { loadLibrary } from './monitor/library.js';
import type { Outbox } from './outgoing/outbox.js';
import type { Watcher } from './watcher.js';

/**
 * The monitor's name. It is an argument, because the seal depends on it and comes before the
 * settings. And the descriptors that the launcher has made for it.
 */
const [, , monitor, ...made] = process.argv;
if (!isMonitor(monitor)) throw new Error(`no such monitor: ${monitor}`);

const [events, resolver] = made.map(Number);

/** Whatever its path leads to by now: the master has opened it. */
const HERE = fromText('.');
/** Opened before the seal, after which no file can be. */
const mounts = openMountTable();

let watcher: Watcher | undefined;

const master = new Channel(DESCRIPTORS.master, 'watcher', 'master', {
  closed: leave,
  broken: leave,
});
const first = executorAt(DESCRIPTORS.peer, 0);
/** Where those come that join later; undefined: there is one executor, which does not. */
let joining: number | undefined;
let executors: Executors<Hearer> | undefined;

function executorAt(descriptor: number, destination: number): Hearer {
  const channel = new Channel(descriptor, 'watcher', 'executor', {
    // The master notices the executor's end. Of several, the others go on meanwhile.
    closed: () => joining !== undefined && executors?.leave(hearer),
    broken: (error) => fatal(new ClsyncError('PEER_BROKEN', 'the executor', error.message)),
  });
  const hearer = new Hearer(channel, () => {
    // Alone, it holds up no other, and its user may have stopped it.
    if (joining === undefined) return;
    master.send('deaf', { executor: destination });
    channel.abandon();
  });
  return hearer;
}

let shown: Level = 'info';

function report(level: Level, text: string): void {
  if (!isShown(level, shown)) return;
  master.send('watcherRecord', { level: LEVELS.indexOf(level), text });
}

function fatal(error: ClsyncError): void {
  master.send('watcherFatal', { code: error.code, text: error.message });
}

function leave(): void {
  process.exit(0);
}

function start(settings: WatcherSettings): void {
  shown = settings.logLevel ?? 'info';
  const { executors: count = 1 } = settings;
  const others = Array.from({ length: count - 1 }, (_, index) =>
    executorAt(DESCRIPTORS.peer + 1 + index, 1 + index),
  );
  if (count > 1) joining = DESCRIPTORS.peer + count;
  const created = createWatcher(
    settings,
    master,
    [first, ...others],
    report,
    fatal,
    HERE,
    mounts,
    (level) => isShown(level, shown),
    { events, resolver },
  );
  watcher = created.watcher;
  executors = created.executors;
  for (const [{ channel }, outbox] of created.outboxes) serve(channel, outbox, created.watcher);
}

/** Connects an executor's channel with its outbox. */
function serve(channel: Channel, outbox: Outbox, from: Watcher): void {
  channel
    .on('credit', ({ entries }) => {
      outbox.grant(entries);
      from.relieved();
    })
    .on('probe', ({ serial }) => from.probe(outbox, () => channel.send('quiet', { serial })))
    .start();
}

/** Takes the executors that have joined: the monitor has sent their descriptors. */
function join(): void {
  if (joining === undefined || watcher === undefined || executors === undefined) return;
  for (const [descriptor, destination] of joined(joining)) {
    const hearer = executorAt(descriptor, destination);
    serve(hearer.channel, executors.join(hearer), watcher);
  }
}

/**
 * Makes all pieces at once, because the monitor may be closed while they wait for space in the
 * socket.
 */
function describe(): Promise<void> {
  return handOver([...(watcher?.describe() ?? piecesOf('watcher', []))], {
    send: (piece) => master.send('description', piece),
    drained: () => master.drained(),
  });
}

master
  .on('watch', ({ settings }) => {
    try {
      start(settings as WatcherSettings);
    } catch (error) {
      if (!(error instanceof ClsyncError)) throw error;
      fatal(error);
    }
  })
  .on('rules', ({ settings }) => watcher?.setRules((settings as WatcherSettings).rules))
  .on('verbosity', ({ level }) => (shown = LEVELS[level] ?? 'info'))
  .on('rescan', ({ path }) => watcher?.rescan(path))
  .on('watcherConfirm', ({ serial }) => master.send('watcherConfirmed', { serial }))
  .on('join', join)
  .on('describe', () => void describe());
shareStandardStreams();
// The first date that is written looks for the time zone, in files that the seal keeps it from.
new Date(0).toISOString();
const missing = loadLibrary(monitor);
seal(watcherSeal(MONITORS[monitor].calls), (call, count) =>
  master.send('watcherRefused', { call, count }),
);
master.start();
if (missing === undefined) master.send('watcherUp', {});
else fatal(missing);
