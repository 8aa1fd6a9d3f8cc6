/** `--sync-hook` and `--failure-hook`: programs that are told what was synced, and what fails. */
import { ROOT, ended } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import type { Report } from '../../shared/report.js';
import type { ExecutorSettings } from '../../shared/settings.js';
import type { Situation } from '../modes/mode.js';
import { runHook } from './hooks.js';
import type { Runner } from './runner.js';

/** What failed last, and how many paths wait after a failure; undefined: nothing fails. */
export interface Failing {
  readonly reason: string;
  readonly paths: number;
}

export interface HookContext {
  readonly settings: () => ExecutorSettings;
  readonly runner: Pick<Runner, 'run'>;
  readonly report: Report;
  situation(): Situation;
  failing(): Failing | undefined;
  /** Resolves when the status is where a program can read it; undefined: it is. */
  statusIsKnown(): Promise<void> | undefined;
}

export class NewsHooks {
  /** What was synced since the hook was called last. */
  private synced: BytePath[] = [];
  private initial = false;
  /** To be called although nothing was synced. */
  private isWanted = false;
  private isCalling = false;
  private wasFailing = false;
  private fatal: Failing | undefined;
  private calls: Promise<void> = Promise.resolve();

  constructor(private readonly around: HookContext) {}

  /** To be called with what was synced. @param initial in the initial sync */
  took(entries: readonly Entry[], initial: boolean): void {
    if (entries.length === 0 || this.around.settings().syncHook === undefined) return;
    for (const { path } of entries) this.synced.push(path);
    this.initial ||= initial;
  }

  /** To be called when the initial sync is over, and has synced nothing. */
  tookNothing(): void {
    this.initial = this.isWanted = this.around.settings().syncHook !== undefined;
    this.look();
  }

  /** To be called when a sync has ended, and its status is shown. */
  look(): void {
    const { syncHook } = this.around.settings();
    const isWanted = this.isWanted || this.synced.length > 0;
    if (syncHook !== undefined && isWanted && !this.isCalling) {
      this.isCalling = true;
      this.chain(() => this.tellSynced(syncHook));
    }
    this.lookForFailures();
  }

  /** To be called when the daemon ends for a failure, which waits for no other try. */
  gaveUp(reason: string): void {
    this.fatal = { reason, paths: 0 };
  }

  /** To be called when nothing is synced any more. Resolves when all has been told. */
  async last(): Promise<void> {
    this.look();
    for (let calls; calls !== this.calls; await calls) calls = this.calls;
  }

  private lookForFailures(): void {
    const { failureHook } = this.around.settings();
    const failing = this.around.failing() ?? this.fatal;
    const isFailing = failing !== undefined;
    if (failureHook === undefined || isFailing === this.wasFailing) return;
    this.wasFailing = isFailing;
    this.chain(() =>
      this.call(failureHook, [
        `CLSYNC_HEALTH=${isFailing ? 'failing' : 'recovered'}`,
        `CLSYNC_FAILURE=${failing?.reason.replaceAll('\0', '') ?? ''}`,
        `CLSYNC_FAILING=${failing?.paths ?? 0}`,
      ]),
    );
  }

  private async tellSynced(hook: BytePath): Promise<void> {
    const { synced, initial } = this;
    [this.synced, this.initial, this.isWanted] = [[], false, false];
    const paths = synced.map((path) => (path === ROOT ? '.' : path));
    await this.call(
      hook,
      [
        `CLSYNC_SYNCED=${synced.length}`,
        `CLSYNC_FAILING=${this.around.failing()?.paths ?? 0}`,
        `CLSYNC_INITIAL=${initial ? 1 : 0}`,
      ],
      ended(paths, '\0'),
    );
    this.isCalling = false;
    this.look();
  }

  private chain(call: () => Promise<void>): void {
    this.calls = this.calls.then(call);
  }

  private async call(hook: BytePath, variables: readonly string[], input?: Buffer): Promise<void> {
    const { runner, report, situation } = this.around;
    await this.around.statusIsKnown();
    const given = { situation: situation(), variables, input };
    await runHook(hook, given, runner, this.around.settings(), report);
  }
}
