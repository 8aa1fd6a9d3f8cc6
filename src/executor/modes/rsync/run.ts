/** One run of rsync with arguments of our choice: its options, its lists, its outcome. */
import type { BytePath } from '../../../shared/bytes.js';
import { ClsyncError } from '../../../shared/errors.js';
import { CONNECT_WITHIN, ifLocal, isOfDaemon } from '../../../shared/places.js';
import { KeptConnection } from './connection.js';
import { EXACT, keptTimes } from '../../lists/kept-times.js';
import type { KeptTimes } from '../../lists/kept-times.js';
import type { Window } from '../../lists/copies.js';
import { nulEnded } from '../../lists/excludes.js';
import type { ListFile, ListKind } from '../../lists/list-files.js';
import { Complaints } from '../../run/complaints.js';
import { anyOf, exactly } from '../../run/permitted.js';
import { words } from '../../run/runner.js';
import type { Ending } from '../../run/ending.js';
import { handlerOf, isRsync } from '../handler-call.js';
import { failureOf } from '../failure.js';
import { environmentOf } from '../mode.js';
import type { Failure } from '../failure.js';
import type { Services, Situation } from '../mode.js';
import {
  BEFORE,
  RSYNC_CODES,
  WINDOWS,
  deleting,
  isOfDeletion,
  rsyncOptions,
  windowOption,
} from './options.js';
import { RsyncOutput } from './output.js';

/** Matches whatever `listsOf` returns. */
const LISTS = '(?:--(?:files|exclude)-from=(?:-|/[^\\x00]*)\\x00)*';
/** Another host may fall silent: seconds, well above the pauses of a busy one (rsync(1)). */
const NOTICED = words('--timeout=600');
/** For a host that does not answer at all; rsync takes it only where it connects by itself. */
const CONNECTING = words(`--contimeout=${CONNECT_WITHIN}`);
const NOTHING = Buffer.alloc(0);

/** What a run has in addition to the options of every run. */
export interface RsyncCall {
  readonly options: readonly BytePath[];
  /** The list that goes to its standard input. */
  readonly input: '--files-from' | '--exclude-from';
  readonly files?: readonly BytePath[];
  /** In place of the window that the destination's times need. */
  readonly window?: Window;
  /** Patterns; when there are none, no exclude list is passed, unless it is the input. */
  readonly excludes: readonly string[];
}

export class Rsync {
  /** What the destination stores of times, as far as it is known. */
  times: KeptTimes = EXACT;
  private timesKnown = false;
  private readonly destination: BytePath;
  private connection: KeptConnection | undefined;

  /** Throws ClsyncError when there is no destination. */
  constructor(private readonly services: Services) {
    const { destination, mode } = services.settings();
    if (destination === undefined) throw new ClsyncError('NO_DESTINATION', mode);
    this.destination = destination;
  }

  /** To be called before the first run. Throws as `ListFiles.write`. */
  open(): void {
    this.connection = KeptConnection.to(this.destination, this.services);
    this.prepare();
  }

  async close(): Promise<void> {
    await this.connection?.close();
  }

  /** The destination if it is a local directory. */
  get local(): BytePath | undefined {
    return ifLocal(this.destination);
  }

  /** Whether rsync may make what it deletes writable, as `deleting` tells. */
  get opensDeleted(): boolean {
    return !this.superuser;
  }

  /** For calls that delete what the source has not. */
  get deleting(): BytePath[] {
    return deleting(this.superuser);
  }

  private get superuser(): boolean {
    return this.services.handlers.superuser && this.local !== undefined;
  }

  /** Finds out what a local destination stores of times, unless that is known. */
  learnTimes(): void {
    const kept = this.timesKnown || this.local === undefined ? undefined : keptTimes(this.local);
    if (kept === undefined) return;
    this.times = kept;
    this.timesKnown = true;
  }

  /** Patterns for `Permitted` that match runs with any of these options. */
  commands(options: readonly BytePath[]): string[] {
    return [
      exactly(handlerOf(this.services), ...this.options()) +
        anyOf([...WINDOWS.map(windowOption), ...this.deleting, ...options]) +
        LISTS +
        exactly(...this.ends()),
      ...KeptConnection.commands(this.destination, this.services.settings()),
    ];
  }

  /**
   * Undefined: the run succeeded.
   * @param output receives what rsync writes
   */
  async run(
    call: RsyncCall,
    situation: Situation,
    output?: RsyncOutput,
  ): Promise<Failure | undefined> {
    const failure = await this.once(call, situation, output);
    const during = call.options.filter((option) => option !== BEFORE);
    if (during.length === call.options.length || !failure?.complaints?.some(isOfDeletion))
      return failure;
    // In a directory that its owner may not write. The run after it corrects modes.
    const left = await this.once({ ...call, options: during }, situation);
    return left ?? this.once(call, situation);
  }

  private async once(
    call: RsyncCall,
    situation: Situation,
    output = new RsyncOutput(this.services.progress),
  ): Promise<Failure | undefined> {
    const { lists, runner } = this.services;
    const settings = this.services.settings();
    const written: ListFile[] = [];
    const file = (kind: ListKind, bytes: Buffer): BytePath => {
      const list = lists.write(kind, bytes);
      written.push(list);
      return list.path;
    };
    const program = handlerOf(this.services);
    const environment = environmentOf(settings, situation);
    output.refusals = new Complaints(settings.reach, this.local === undefined);
    try {
      const { listOptions, input } = listsOf(call, settings.dontUnlinkLists, file);
      const ending = await runner.run({
        words: [
          program,
          ...this.options(),
          windowOption(call.window ?? this.times.window),
          ...call.options,
          ...listOptions,
          ...this.ends(),
        ],
        directory: settings.watchDirectory,
        environment: this.connection?.through(environment) ?? environment,
        ...(input && { input }),
        ...(isRsync(program) && { output }),
        timeout: settings.timeoutSync,
        by: 'node',
      });
      return this.judge(ending, output);
    } finally {
      for (const list of written) list.release();
      this.prepare();
    }
  }

  /** Starts the launcher in advance, so that the next run begins sooner. */
  prepare(): void {
    const { runner, settings, progress } = this.services;
    runner.prepare({
      directory: settings().watchDirectory,
      ...(!settings().dontUnlinkLists && { input: NOTHING }),
      ...(isRsync(handlerOf(this.services)) && { output: new RsyncOutput(progress) }),
    });
  }

  private judge(ending: Ending, output: RsyncOutput): Failure | undefined {
    const complaints = output.complaints();
    const { named, refusals } = output;
    const { grave, full, hint } = refusals;
    const outcome = { ending, codes: RSYNC_CODES, grave, full };
    const failure = failureOf(outcome, this.services.settings());
    if (failure === undefined) {
      this.connection?.keep();
      for (const line of complaints) this.services.report('debug1', line);
      return undefined;
    }
    return { ...failure, named, denied: failure.denied || refusals.denied, hint, complaints };
  }

  private options(): BytePath[] {
    const { settings, handlers } = this.services;
    return [
      ...rsyncOptions(this.superuser, settings(), handlers.mirrored),
      ...(this.local === undefined ? NOTICED : []),
      ...(this.connectsByItself() ? CONNECTING : []),
      ...(settings().rsyncOptions ?? []),
      ...words('--from0'),
    ];
  }

  private connectsByItself(): boolean {
    const { rsyncOptions = [] } = this.services.settings();
    return isOfDaemon(this.destination) && !rsyncOptions.some((one) => /^-(?:e|-rsh)/.test(one));
  }

  private ends(): BytePath[] {
    return [
      ...words('--'),
      withSlash(this.services.settings().watchDirectory),
      withSlash(this.destination),
    ];
  }
}

/**
 * The list named by `input` goes to the standard input, the other one to a file. With `kept`
 * (`--dont-unlink-lists`) both go to files.
 */
function listsOf(
  call: RsyncCall,
  kept: boolean,
  file: (kind: ListKind, bytes: Buffer) => BytePath,
): { listOptions: BytePath[]; input?: Buffer } {
  const excludes = nulEnded(call.excludes);
  const excludeFile = (): BytePath => `--exclude-from=${file('exclist', excludes)}` as BytePath;
  if (call.input === '--exclude-from')
    return kept
      ? { listOptions: [excludeFile()] }
      : { listOptions: words('--exclude-from=-'), input: excludes };
  const files = nulEnded(call.files ?? []);
  const excluding = call.excludes.length > 0 ? [excludeFile()] : [];
  if (kept)
    return { listOptions: [`--files-from=${file('list', files)}` as BytePath, ...excluding] };
  return { listOptions: [...words('--files-from=-'), ...excluding], input: files };
}

/** To rsync, a trailing slash means the content of the directory. */
function withSlash(path: BytePath): BytePath {
  return (path.endsWith('/') ? path : path + '/') as BytePath;
}
