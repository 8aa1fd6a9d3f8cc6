/** Mode rsyncdirect with arguments of our own choosing: a recursive run for the whole tree, lists of names for changes. */
import { ROOT } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { ClsyncError } from '../../shared/errors.js';
import { exactPattern, nulEnded } from '../lists/excludes.js';
import { filesFrom, isWholeRoot, partition } from '../lists/files-from.js';
import type { Located } from '../lists/files-from.js';
import type { ListFile, ListKind } from '../lists/list-files.js';
import { words } from '../runner.js';
import { warnOfOldRsync } from '../rsync-version.js';
import { handlerOf } from './handler-call.js';
import { environmentOf, failureOf } from './mode.js';
import type { Failure, Mode, Services, Situation, Step } from './mode.js';
import { VANISHED, maybeDisturbed, rsyncOptions } from './rsync-options.js';
import { RsyncOutput } from './rsync-output.js';

interface Input {
  /** Which option reads the standard input. */
  readonly option: '--files-from' | '--exclude-from';
  readonly bytes: Buffer;
}

export class RsyncLists implements Mode {
  readonly carriesDirectories = true;
  private readonly destination: BytePath;
  /** What the last sync had in hand, and when it began (milliseconds since the epoch). */
  private lastPaths: ReadonlySet<BytePath> = new Set();
  private lastBegan = 0;

  constructor(private readonly services: Services) {
    const { destination } = services.settings();
    if (destination === undefined) throw new ClsyncError('NO_DESTINATION');
    this.destination = destination;
  }

  /** Not waited for: it is only a warning. */
  open(): Promise<void> {
    if (isRsync(handlerOf(this.services))) void warnOfOldRsync(this.services);
    return Promise.resolve();
  }

  plan(entries: readonly Entry[], situation: Situation): Step[] {
    const counted = { ...situation, iteration: situation.iteration + 1 };
    const { refused, tree } = this.services;
    // What was refused after it had changed is left alone.
    const admitted = entries.filter(({ path }) => !refused.covers(path));
    const { quick, read } = partition(admitted, tree, (path) => this.lastPaths.has(path) ? this.lastBegan : undefined);
    this.lastPaths = new Set(entries.map(({ path }) => path));
    this.lastBegan = Date.now();
    const reading = read.length > 0 ? [this.list(read, words('--ignore-times'), counted)] : [];
    if (quick.length === 0) return reading;
    // The whole tree last: its list alone holds every name of an inode, of which a list of changes may have torn one off.
    if (quick.some(isWholeRoot)) return [...reading, this.wholeTree(quick, counted)];
    return [this.list(quick, [], counted), ...reading];
  }

  private wholeTree(items: readonly Located[], situation: Situation): Step {
    const excludes = nulEnded(this.services.refused.beneath(ROOT).map(exactPattern));
    // rsync 3.5.0 that lists directories while it copies waits for itself for ever when some of them vanish meanwhile.
    const options = words('--delete', '--no-inc-recursive', '--info=progress2');
    return this.step(items, () => this.run(options, { option: '--exclude-from', bytes: excludes }, [], situation));
  }

  private list(items: readonly Located[], options: readonly BytePath[], situation: Situation): Step {
    const { tree, refused } = this.services;
    return this.step(items, () => {
      const lines = filesFrom(items, tree, refused.all);
      const hasContent = lines.some((line) => line.endsWith('/'));
      const excludes = hasContent ? refused.beneath(ROOT).map(exactPattern) : [];
      const more = words('--delete', '--delete-missing-args');
      return this.run([...more, ...options], { option: '--files-from', bytes: nulEnded(lines) }, excludes, situation);
    });
  }

  private step(items: readonly Located[], run: () => Promise<Failure | undefined>): Step {
    return { entries: items.map(({ entry }) => entry), run };
  }

  private async run(options: readonly BytePath[], input: Input, excludes: readonly string[], situation: Situation): Promise<Failure | undefined> {
    const { lists, runner, report, progress } = this.services;
    const settings = this.services.settings();
    const files: ListFile[] = [];
    const file = (kind: ListKind, bytes: Buffer): BytePath => {
      const written = lists.write(kind, bytes);
      files.push(written);
      return written.path;
    };
    // Kept lists are for people to look at: then all go to files.
    const source = settings.dontUnlinkLists ? file(input.option === '--files-from' ? 'list' : 'exclist', input.bytes) : '-';
    const excluding = excludes.length > 0 ? [`--exclude-from=${file('exclist', nulEnded(excludes))}` as BytePath] : [];
    const local = this.destination.startsWith('/');
    const output = new RsyncOutput(progress);
    const program = handlerOf(this.services);
    try {
      const ending = await runner.run({
        words: [program, ...rsyncOptions(settings.superuser && local, settings.oneFileSystem), ...words('--from0'), ...options, `${input.option}=${source}` as BytePath, ...excluding, ...words('--'), withSlash(settings.watchDirectory), withSlash(this.destination)],
        directory: settings.watchDirectory,
        environment: environmentOf(settings, situation),
        ...(source === '-' && { input: input.bytes }),
        ...(isRsync(program) && { output }),
        timeout: settings.timeoutSync,
      });
      const failure = failureOf(ending, [VANISHED, ...settings.ignoredExitCodes]);
      const complaints = output.complaints();
      if (failure === undefined) {
        for (const line of complaints) report('debug1', line);
        return undefined;
      }
      const partial = ending.kind === 'exited' && maybeDisturbed(ending.code);
      return { ...failure, partial, denied: failure.denied || output.denied, complaints };
    } finally {
      for (const written of files) written.release();
    }
  }
}

/** Another program in rsync's place (echo, a recording script) speaks to the user itself. */
function isRsync(program: BytePath): boolean {
  return /(^|\/)rsync$/.test(program);
}

/** The slash says "the content of". */
function withSlash(path: BytePath): BytePath {
  return (path.endsWith('/') ? path : path + '/') as BytePath;
}
