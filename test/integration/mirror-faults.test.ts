/**
 * Mode mirror beside faults: the destination never holds half a file, the rest goes on, what fails
 * is named, nothing is left of what was begun, and everything arrives once the fault is over.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { bindFailing, needsBindfs, needsFuse } from '../harness/fuse.js';
import { makeImmutable } from '../harness/immutable.js';
import { Mirror } from '../harness/mirror.js';
import { mountAt, remount } from '../harness/mounts.js';
import { needsMounts } from '../harness/offers.js';
import { isRunning, readProcess } from '../harness/processes.js';
import type { ProcessInfo } from '../harness/processes.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { DEADLINE, until } from '../harness/until.js';
import { needsRoot } from '../harness/user.js';
import { WholeReader, version } from '../harness/whole-reader.js';

const LIMIT = { timeout: DEADLINE } as const;
const MOUNTING = { ...LIMIT, skip: needsMounts() } as const;
const FUSE = { ...LIMIT, skip: needsFuse || needsBindfs } as const;
const MEGABYTE = 1 << 20;
const TEMPORARY = '.clsync-mirror.';

/**
 * A mirror with a file `big`, whose versions are put in place as a whole, and read all the time.
 */
class Trial {
  readonly mirror: Mirror;
  private number = 0;
  private reader: WholeReader | undefined;

  /**
   * @param lengths of version 1 and so on, in bytes
   * @param base has the places of source and destination, if it is given
   */
  constructor(
    private readonly scope: Scope,
    private readonly lengths: readonly number[],
    readonly base: string = temporaryDirectory(scope),
    options: readonly string[] = [],
    private readonly outside = base,
  ) {
    this.mirror = new Mirror(scope, {
      base,
      options: ['-Mmirror', ...options],
      prepare: (source) => this.next(source),
    });
  }

  /** @param copy where the destination is read */
  async started(copy = this.mirror.destination, mayBeAbsent = false): Promise<this> {
    await this.arrived();
    const path = `${copy}/big`;
    this.reader = new WholeReader(this.scope, path, [0, ...this.lengths], mayBeAbsent);
    return this;
  }

  /** Nothing is to be moved at the destination, so it is made outside of the source. */
  next(source = this.mirror.source): void {
    const made = `${this.outside}/made`;
    fs.writeFileSync(made, version(++this.number, this.lengths[this.number - 1] ?? 0));
    fs.renameSync(made, `${source}/big`);
  }

  /** Waits until both are equal, and nothing else is left. */
  async arrived(): Promise<void> {
    await this.mirror.equal();
    assert.deepEqual(this.reader?.defects ?? [], []);
  }

  temporaries(): string[] {
    return fs.readdirSync(this.mirror.destination).filter((name) => name.startsWith(TEMPORARY));
  }

  /** Lets a fault happen: what `change` does to `big` does not arrive before its end. */
  async fault(
    begin: () => unknown,
    reason: RegExp,
    end: () => unknown,
    change: () => unknown = () => this.next(),
  ): Promise<void> {
    const { daemon } = this.mirror;
    const wanted = this.number + 1;
    await begin();
    await change();
    await daemon.logged(reason);
    const nothing = (): boolean => this.temporaries().length === 0;
    await daemon.until('the removal of what was begun', nothing);
    assert.equal(this.reader?.seen.has(wanted), false);
    await end();
    await this.arrived();
  }
}

test('a full destination: the old file stays whole, the rest arrives', MOUNTING, async (scope) => {
  const base = temporaryDirectory(scope);
  mountAt(scope, ['-t', 'tmpfs', '-o', 'size=12m,mode=755', 'tmpfs'], `${base}/destination`);
  const trial = await new Trial(scope, [8 * MEGABYTE, 7 * MEGABYTE, MEGABYTE], base).started();
  const { source, destination, daemon } = trial.mirror;
  await trial.fault(
    () => undefined,
    /cannot sync "big".*(?:no space|ENOSPC)/i,
    async () => {
      fs.writeFileSync(`${source}/other`, 'other');
      await daemon.until('the rest', () => fs.existsSync(`${destination}/other`));
      trial.next();
    },
  );
});

test('a destination that becomes read-only', MOUNTING, async (scope) => {
  const base = temporaryDirectory(scope);
  const disk = `${base}/destination`;
  mountAt(scope, ['-t', 'tmpfs', '-o', 'size=64m,mode=755', 'tmpfs'], disk);
  const trial = await new Trial(scope, [8 * MEGABYTE, 4 * MEGABYTE], base).started();
  await trial.fault(
    () => remount(disk, 'ro'),
    /read-only|EROFS/i,
    () => remount(disk, 'rw'),
  );
});

test('a disk that cannot be written', FUSE, async (scope) => {
  const base = temporaryDirectory(scope);
  const disk = subdirectory(base, 'disk');
  const failing = bindFailing(scope, disk, `${base}/destination`);
  // FUSE removes what a reader has open later, which changes the directory's time.
  const trial = await new Trial(scope, [4 * MEGABYTE, 2 * MEGABYTE], base).started(disk);
  await trial.fault(failing.begin, /cannot sync .*"big".*(?:i\/o error|EIO)/i, failing.end);
});

test('a disk that cannot be read', FUSE, async (scope) => {
  const base = temporaryDirectory(scope);
  const disk = subdirectory(base, 'disk');
  const failing = bindFailing(scope, disk, `${base}/source`);
  const source = `${base}/source`;
  const lengths = [4 * MEGABYTE];
  const trial = await new Trial(scope, lengths, base, ['--allow-fuse'], source).started();
  // What has another time is read.
  const change = (): void => fs.utimesSync(`${source}/big`, 1, 1);
  await trial.fault(failing.begin, /cannot sync .*"big".*(?:i\/o error|EIO)/i, failing.end, change);
});

test('a destination that is removed and made anew', LIMIT, async (scope) => {
  const trial = await new Trial(scope, [MEGABYTE, MEGABYTE]).started(undefined, true);
  const { source, destination, daemon } = trial.mirror;
  subdirectory(source, 'directory');
  fs.writeFileSync(`${source}/directory/file`, 'file');
  await trial.arrived();
  fs.renameSync(destination, `${destination}.away`);
  await daemon.logged(/destination .* is gone/);
  fs.mkdirSync(destination);
  await trial.arrived();
});

/** Most times that an executor is killed in mid-copy, and most copies for that. */
const [KILLS, COPIES] = [3, 30] as const;
const BIG = 96 * MEGABYTE;

test('an executor that is killed in mid-copy', LIMIT, async (scope) => {
  const lengths = Array.from({ length: COPIES + 1 }, (_, index) => BIG - index * MEGABYTE);
  const trial = await new Trial(scope, lengths).started();
  const { daemon, source, destination } = trial.mirror;
  const size = (root: string): number => fs.statSync(`${root}/big`).size;
  const executor = (): ProcessInfo | undefined => daemon.find(/executor\/main\.js/);
  let kills = 0;
  for (let copies = 0; kills < KILLS && copies < COPIES; copies++) {
    await daemon.until('an executor', () => executor() !== undefined);
    const victim = executor() as ProcessInfo;
    trial.next();
    const begun = (): boolean =>
      trial.temporaries().length > 0 || size(source) === size(destination);
    await until('a copy that has begun', begun, { every: 0 });
    // It may be complete before this is looked at; what is stopped cannot complete it.
    process.kill(victim.pid, 'SIGSTOP');
    await until('its stop', () => readProcess(victim.pid)?.state === 'T');
    const isHalf = trial.temporaries().length > 0;
    process.kill(victim.pid, isHalf ? 'SIGKILL' : 'SIGCONT');
    if (isHalf) await until('its end', () => !isRunning(victim));
    if (isHalf && trial.temporaries().length > 0) kills++;
    await trial.arrived();
  }
  // On a busy machine most copies are complete before they are seen to have begun.
  assert.ok(kills > 0, 'all copies were complete before the kill');
});

for (const mode of ['mirror', 'rsyncdirect'])
  test(
    `a directory that was deleted while a file in it failed goes with the file: ${mode}`,
    { ...LIMIT, skip: needsRoot },
    async (scope) => {
      const mirror = new Mirror(scope, {
        options: [`-M${mode}`, '--max-delete=100%'],
        prepare: (directory) => {
          fs.mkdirSync(`${directory}/above/inner`, { recursive: true });
          fs.writeFileSync(`${directory}/above/inner/file`, 'old');
        },
      });
      const { source, destination, daemon } = mirror;
      await mirror.equal();
      const kept = makeImmutable(scope, `${destination}/above/inner/file`);
      if (kept === undefined) return scope.skip('the file system has no immutable files');
      fs.writeFileSync(`${source}/above/inner/file`, 'newer');
      await daemon.logged(/cannot sync "above\/inner\/file"/);
      fs.rmSync(`${source}/above/inner`, { recursive: true });
      await daemon.logged(/synced \d+ paths? .*"above\/inner"/);
      kept.end();
      await mirror.equal();
    },
  );
