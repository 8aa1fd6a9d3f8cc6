/** Has a sync's rows done, and says what became of its entries. */
import { constants } from 'node:os';
import {
  PATH_MAX,
  ROOT,
  directoriesAbove,
  display,
  isBeneath,
  toBuffer,
} from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import type { Entry } from '../../../shared/entry.js';
import { nulEnded } from '../../lists/excludes.js';
import { EVERY } from '../../schedule/together.js';
import type { KeyOf } from '../../schedule/together.js';
import { UNKNOWN_CODES } from '../../schedule/verdict.js';
import { ENDED, failureBy } from '../failure.js';
import type { Failure } from '../failure.js';
import type { Outcomes, Services, Situation } from '../mode.js';
import { Protection } from '../rsync/protection.js';
import type { Opened } from './opened.js';
import { outcomesOf } from './outcomes.js';
import { planRows } from './plan.js';
import { failureOfRoot } from './roots.js';
import { stampOf } from './versions.js';
import { RunOption } from './wire.js';
import type { MirrorFinding, MirrorRow } from './wire.js';

const { errno } = constants;
/** These may be of a path, or of all. */
const OF_ALL: readonly number[] = [
  errno.EROFS,
  errno.EIO,
  errno.ESTALE,
  errno.ENODEV,
  errno.ENXIO,
  errno.ENOTCONN,
  errno.ENOENT,
  errno.ENOTDIR,
];
const TIMED_OUT: Failure = failureBy({ ending: { kind: 'timedOut' }, codes: UNKNOWN_CODES });
const HANGS: Failure = failureBy({
  ending: { kind: 'stuck', name: 'a thread that copies' },
  codes: UNKNOWN_CODES,
});
const NOTHING = Buffer.alloc(0);

export class MirrorExecution {
  private readonly protection: Protection;

  /** @param keyOf as `Mode.keyOf` */
  constructor(
    private readonly services: Services,
    private readonly keyOf: KeyOf,
  ) {
    this.protection = new Protection(services.settings);
  }

  /**
   * Undefined: all entries are synced.
   * @param entries none of them is refused
   * @param unclean directories in which temporary names may have been left
   */
  async run(
    opened: Opened,
    entries: readonly Entry[],
    situation: Situation,
    unclean: Iterable<BytePath>,
  ): Promise<Failure | Outcomes | undefined> {
    const skipped = this.skipped(entries, situation);
    const rows = planRows(entries, {
      tree: this.services.tree,
      isClosed: (path) => skipped.has(path) || isBeneath(path, skipped),
      keeping: situation.keeping === true,
      hasChangeTimes: opened.times.changes,
      unclean,
    });
    const pass = new Pass(this.services, opened, situation, skipped, this.rules(situation));
    const failure = await pass.run(rows);
    if (failure !== undefined) return failure;
    this.tell(pass);
    // No name can be given to what lies deeper, and none is tried again.
    const named = pass.findings.filter(({ path }) => path.length < PATH_MAX);
    return (
      (await failureOfAll(opened, named)) ??
      outcomesOf(entries, pass.rows, named, (entry) => {
        const key = this.keyOf(entry);
        return key === EVERY ? undefined : key;
      })
    );
  }

  private rules(situation: Situation): Protection['compiledRules'] | undefined {
    return this.protection.isNeeded(situation) ? this.protection.compiledRules : undefined;
  }

  /** Paths that are left alone, unless they or something beneath them is in hand. */
  private skipped(entries: readonly Entry[], { avoided = [] }: Situation): Set<BytePath> {
    const skipped = new Set(this.services.refused.all);
    if (avoided.length === 0) return skipped;
    const inHand = new Set<BytePath>();
    for (const { path } of entries)
      for (const at of [path, ...directoriesAbove(path)]) inHand.add(at);
    for (const path of avoided) if (path !== ROOT && !inHand.has(path)) skipped.add(path);
    return skipped;
  }

  private tell({ rows, findings }: Pass): void {
    const { report } = this.services;
    for (const finding of findings) {
      const { kind, path } = finding;
      if (kind === 'skipped') report('debug1', `${display(path)}: no device may be made here`);
      if (isFailedMove(rows, finding))
        report('debug1', `${display(path)}: copied, as it could not be moved`);
    }
    const deep = findings.find(({ path }) => path.length >= PATH_MAX);
    if (deep !== undefined)
      report('warning', `not mirrored, as the path is too long: ${display(deep.path)}`);
  }
}

/** The runs of one sync, one after another. */
class Pass {
  readonly rows: MirrorRow[] = [];
  readonly findings: MirrorFinding[] = [];

  constructor(
    private readonly services: Services,
    private readonly opened: Opened,
    private readonly situation: Situation,
    private readonly skipped: ReadonlySet<BytePath>,
    private readonly rules: Protection['compiledRules'] | undefined,
  ) {}

  /** Why it was not done. */
  async run(rows: readonly MirrorRow[]): Promise<Failure | undefined> {
    if (rows.length === 0) return undefined;
    const { settings, refused, ending } = this.services;
    const { syncsToDisk, backupDirectory, timeoutSync } = settings();
    const end = await this.opened.runs.run({
      rows,
      skipped: sorted(this.skipped),
      contents: sorted(refused.contents),
      rules: this.rules,
      options:
        (this.situation.keeping === true ? RunOption.keep : 0) |
        (syncsToDisk ? RunOption.fsync : 0) |
        (backupDirectory === undefined ? 0 : RunOption.backup),
      stamp: toBuffer(stampOf(Date.now())),
      timeout: timeoutSync,
    });
    if (end === 'hangs') return ending() ? ENDED : HANGS;
    this.services.copied(end.summary.bytes);
    const first = this.rows.length;
    for (const row of rows) this.rows.push(row);
    for (const one of end.findings) this.findings.push({ ...one, row: one.row + first });
    const isStopped = end.findings.some(({ kind }) => kind === 'stopped');
    return isStopped ? (ending() ? ENDED : TIMED_OUT) : undefined;
  }
}

function isFailedMove(rows: readonly MirrorRow[], { kind, row }: MirrorFinding): boolean {
  return kind === 'failed' && rows[row]?.verb === 'move';
}

/** Where source or destination as a whole has failed, each path would. */
async function failureOfAll(
  { source, destination }: Opened,
  findings: readonly MirrorFinding[],
): Promise<Failure | undefined> {
  const mayBe = findings.some(
    (finding) => finding.kind === 'failed' && OF_ALL.includes(finding.errno),
  );
  if (!mayBe) return undefined;
  return (
    (await failureOfRoot(destination, 'destination', true)) ??
    failureOfRoot(source, 'watch directory', false)
  );
}

function sorted(paths: ReadonlySet<BytePath>): Buffer {
  return paths.size === 0 ? NOTHING : nulEnded([...paths].sort());
}
