/** What crews are told: the options in force, and what is known from those before. */
import type { Payload } from '../shared/messages.js';
import { LEVELS } from '../shared/report.js';
import { endsByItself } from '../shared/settings.js';
import type { WatcherSettings } from '../shared/settings.js';
import type { RoleSettings } from './crew-terms.js';
import type { Grounds } from './ground/grounds.js';
import { KnownToAll } from './known-to-next.js';
import type { Recalled } from './recall.js';
import type { Member } from './sandbox/roles.js';

export class CrewSettings {
  readonly known: KnownToAll;
  private paused: boolean;
  private pauseNumber: number;

  constructor(
    private settings: RoleSettings,
    private readonly grounds: Grounds,
    /** What an earlier run has left; undefined: nothing is kept for a later one. */
    private readonly recalled: Recalled | undefined,
    /** What an executor holds, or held when it ended; undefined: nothing. */
    private readonly held: (member: Member) => Payload<'held'> | undefined,
  ) {
    this.known = new KnownToAll(settings.executors.length, recalled?.of ?? []);
    const { isPaused = false, pauseNumber = 0 } = recalled ?? {};
    [this.paused, this.pauseNumber] = [isPaused, pauseNumber];
  }

  /** With what is known by now. */
  get now(): RoleSettings {
    const { grounds, settings } = this;
    return {
      ...settings,
      executors: settings.executors.map((one, number) => {
        const known = this.known.of(number);
        return {
          ...one,
          ...known.now,
          paused: this.paused,
          pauseNumber: this.pauseNumber,
          ...(this.recalled && { ground: grounds.identitiesOf(number) }),
          doubt: known.doubt(grounds.shared),
        };
      }),
    };
  }

  get endsByItself(): boolean {
    return this.settings.executors.every(endsByItself);
  }

  get hasPreExitHook(): boolean {
    return this.settings.executors.some(({ preExitHook }) => preExitHook !== undefined);
  }

  get hasExitHook(): boolean {
    return this.settings.executors.some(({ exitHook }) => exitHook !== undefined);
  }

  /** No handler is called. */
  get isPaused(): boolean {
    return this.paused;
  }

  /** Returns whether it is news. */
  pause(isPaused: boolean): boolean {
    if (isPaused === this.paused) return false;
    this.paused = isPaused;
    // In the order of what was said, whatever clocks say.
    this.pauseNumber++;
    return true;
  }

  setWatcher(watcher: WatcherSettings): void {
    this.settings = { ...this.settings, watcher };
  }

  /** Returns the log level, if it is another; a number, as in messages. */
  setExecutors(executors: RoleSettings['executors']): number | undefined {
    const [before] = this.settings.executors;
    const [first] = executors;
    if (first === undefined || first.logLevel === before?.logLevel) {
      this.settings = { ...this.settings, executors };
      return undefined;
    }
    const { logLevel } = first;
    this.settings = { watcher: { ...this.settings.watcher, logLevel }, executors };
    return LEVELS.indexOf(logLevel);
  }

  /** From now on everything is walked and synced, whatever the options skip at first. */
  startsAgain(): void {
    this.known.each((one) => one.startsAgain());
    this.setWatcher({ ...this.settings.watcher, skipInitial: false });
  }

  /** A crew has ended. @param isOfSource as `KnownToNext.remember` */
  ended(executors: readonly Member[], isOfSource: boolean): void {
    for (const member of executors)
      this.known.of(member.destination).remember(this.held(member), isOfSource);
  }

  /** One executor of several has ended, and is started again. */
  left(member: Member): void {
    this.known.of(member.destination).startsAgain();
    this.ended([member], false);
  }
}
