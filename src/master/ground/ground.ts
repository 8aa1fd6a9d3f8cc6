/**
 * The directories everything stands on: the source, a local destination, the lists directory. When
 * one is no longer what stands at its path, the roles end, and start again when there is something
 * to go on with: the same source, as an empty mount point would empty the mirror; a destination on
 * the same file system; and the same owner, as others may be able to rename directories above.
 */
import { closeSync } from 'node:fs';
import { display } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Level } from '../../shared/report.js';
import type { Changes } from './changes.js';
import type { OpenedPath } from '../open-path.js';
import { letGo } from '../sandbox/held.js';
import type { Granted } from './granted.js';
import { Eyes } from './eyes.js';
import { isSame, isSameFileSystem } from '../../shared/directory-identity.js';
import type { DirectoryIdentity } from '../../shared/directory-identity.js';
import { difference, isChangedElsewhere, isRecalled } from './identity.js';
import { Obstacle } from './obstacle.js';
import { Place } from './place.js';
import type { PlaceKind } from './place.js';
import { consequenceOf, NAMES } from './words.js';

export interface GroundSettings {
  /** Missing where it is another ground's. */
  readonly watchDirectory?: BytePath;
  readonly destination?: BytePath;
  readonly listsDirectory?: BytePath;
  /** A destination that is another file system is taken. */
  readonly destinationMayChange?: boolean;
}

export interface GroundEvents {
  record(level: Level, text: string): void;
  /** Nothing is synced for the time being. */
  holding(): void;
  /**
   * Whether deletions are held as the source is doubted: another one in its place, a disk that is
   * mounted now perhaps, is looked at anew.
   */
  isDoubted?(): boolean;
  /** Makes a directory that clsync itself had made. Throws ClsyncError. */
  restore(path: BytePath): void;
}

/** It has not answered in time, once. */
const SLOW = '';

export class Ground {
  private readonly places: readonly Place[];
  /** Of one of several: others do not wait for it. */
  private readonly isOfOneDestination: boolean;
  /** The obstacle that was told last. */
  private told = '';
  /** Those of which it was told that they do not answer. */
  private readonly silent = new Set<Place>();
  /** What is there is to be taken, and did not answer when the user said so. */
  private readonly accepted = new Set<Place>();

  constructor(
    { watchDirectory, destination, listsDirectory, destinationMayChange }: GroundSettings,
    /** What else the roles are shown of the user's. */
    private readonly granted: readonly Granted[],
    private readonly changes: Changes,
    private readonly events: GroundEvents,
    /** Those that `granted` look with, too. */
    readonly eyes = new Eyes(),
  ) {
    const isDoubted = (): boolean => events.isDoubted?.() === true;
    const mayChange = (): boolean => destinationMayChange === true;
    this.isOfOneDestination = watchDirectory === undefined;
    this.places = [
      ...(watchDirectory === undefined
        ? []
        : [new Place('source', watchDirectory, eyes, isDoubted)]),
      ...(destination === undefined
        ? []
        : [new Place('destination', destination, eyes, mayChange)]),
      ...(listsDirectory === undefined ? [] : [new Place('lists', listsDirectory, eyes)]),
    ];
  }

  /**
   * From now on these are what the roles are bound to. Throws Obstacle where there is none, or not
   * the right one.
   */
  take(): void {
    const found = this.places.map((place) => [place, place.find()] as const);
    for (const [place, directory] of found) {
      this.tellDifference(place, directory);
      place.take(directory);
    }
    this.told = '';
  }

  /**
   * The destination of the last sync, in an earlier run, is to be there: one that is on another
   * file system is waited for. To be called once `take` has been.
   */
  recall(destination: DirectoryIdentity | undefined): void {
    const place = this.places.find(({ kind }) => kind === 'destination');
    const { last } = place ?? {};
    if (destination !== undefined && last !== undefined && !isSameFileSystem(destination, last))
      place?.take(destination);
  }

  /** Why the source that was taken is doubted; undefined: it is the one of the last sync. */
  doubt(recalled: DirectoryIdentity): string | undefined {
    const found = this.places.find(({ kind }) => kind === 'source')?.last;
    if (found === undefined || isRecalled(recalled, found)) return undefined;
    return `the watch directory is not the one of the last sync: ${difference(recalled, found)}`;
  }

  /** Of those taken, and granted. */
  get owners(): string {
    const taken = this.places.map(({ last }) => last?.owner);
    return [...taken, ...this.granted.map(({ owner }) => owner)].join();
  }

  /** What was taken, to be recalled in a later run. */
  get identities(): Readonly<Partial<Record<PlaceKind, DirectoryIdentity>>> {
    return Object.fromEntries(
      this.places.flatMap(({ kind, last }) => (last === undefined ? [] : [[kind, last]])),
    );
  }

  /**
   * What was taken, and what is granted besides, open: for a crew that is started now. Whoever asks
   * closes it. Throws Obstacle where something else is at one of the paths.
   */
  hold(): ReadonlyMap<BytePath, OpenedPath> {
    const held = new Map<BytePath, OpenedPath>();
    const keep = (path: BytePath, opened: OpenedPath): void => {
      if (held.has(path)) closeSync(opened.descriptor);
      else held.set(path, opened);
    };
    try {
      for (const place of this.places) keep(place.path, place.hold());
      for (const one of this.granted) {
        const [path, opened] = one.hold();
        keep(path, opened);
      }
      return held;
    } catch (error) {
      letGo(held);
      throw error;
    }
  }

  /** Why one of those taken is no longer in its place. */
  get loss(): Obstacle | undefined {
    for (const place of this.places) {
      const { loss } = place;
      if (loss !== undefined) return loss;
    }
    return undefined;
  }

  /** Whether it concerns the source. */
  isOfSource({ code }: Obstacle): boolean {
    return code === 'WATCH_DIR_GONE' || code === 'WATCH_DIR_OTHER';
  }

  /** Calls `lost` when one is no longer; until the function returned is called. */
  guard(lost: (error: Obstacle) => void): () => void {
    // What does not answer is taken for unchanged, and asked again.
    const polls = (): boolean =>
      this.places.some(
        ({ last, silence }) =>
          silence !== undefined || (last !== undefined && isChangedElsewhere(last)),
      );
    const look = (): void => {
      const { loss } = this;
      if (loss !== undefined) lost(loss);
      for (const place of this.places) this.tellSilence(place);
    };
    return this.changes.listen(look, polls);
  }

  /** Resolves when `take` will do. Rejects when `signal` is aborted. */
  ready(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (this.obstructed()) return;
        stop();
        resolve();
      };
      // By the clock, too: a directory may become readable, of which nothing tells.
      const stop = this.changes.listen(look, () => true);
      signal.addEventListener('abort', () => {
        stop();
        reject(new Error('no more'));
      });
      look();
    });
  }

  /**
   * Whatever directories are at the paths now are the right ones. Where nobody answers: whatever is
   * there once somebody does, before the roles start again.
   */
  accept(): void {
    for (const place of this.places) this.acceptAt(place);
  }

  private acceptAt(place: Place): void {
    try {
      const found = place.look();
      if (place.accepts(found)) return;
      place.take({ ...found, here: '' });
      this.events.record(
        'warning',
        `the ${NAMES[place.kind]} ${display(place.path)} is taken as it is now`,
      );
      this.changes.look();
    } catch (error) {
      if (!(error instanceof Obstacle)) throw error;
      if (place.silence !== undefined) this.accepted.add(place);
      else this.events.record('error', error.message);
    }
  }

  /** Says why, once; but not of what may only be slow. */
  private obstructed(): boolean {
    const obstacle = this.obstacle();
    if (obstacle === undefined) return false;
    if (obstacle === this.told || obstacle === SLOW) return true;
    this.events.record('error', obstacle);
    this.events.holding();
    this.told = obstacle;
    return true;
  }

  private obstacle(): string | undefined {
    for (const place of this.places) {
      try {
        if (place.kind === 'lists') this.events.restore(place.path);
        if (this.accepted.delete(place)) this.acceptAt(place);
        place.find();
      } catch (error) {
        if (!(error instanceof ClsyncError)) throw error;
        if (error instanceof Obstacle && place.silence?.lasts === false) return SLOW;
        return `${error.what}: ${consequenceOf(error, place.kind, this.isOfOneDestination)}`;
      }
    }
    return this.grantedObstacle();
  }

  private grantedObstacle(): string | undefined {
    try {
      for (const one of this.granted) one.check();
      return undefined;
    } catch (error) {
      if (!(error instanceof Obstacle)) throw error;
      return `${error.what}: everything waits until that is back`;
    }
  }

  private tellSilence(place: Place): void {
    if (place.silence === undefined) this.silent.delete(place);
    if (place.silence?.lasts !== true || this.silent.has(place)) return;
    this.silent.add(place);
    this.events.record(
      'warning',
      `the ${NAMES[place.kind]} ${display(place.path)} does not answer`,
    );
  }

  private tellDifference(place: Place, found: DirectoryIdentity): void {
    const { last, kind, path } = place;
    if (last === undefined || last.here === found.here || last.here === '') return;
    const what = `the ${NAMES[kind]} ${display(path)}`;
    if (isSame(last, found))
      return this.events.record('info', `${what} is back: everything is synced`);
    this.events.record(
      'warning',
      `${what} is another one, ${difference(last, found)}: everything is synced ` +
        (kind === 'source' ? 'from it' : 'into it'),
    );
  }
}
