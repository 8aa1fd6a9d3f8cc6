/** Compares source and destination, and tells what differs; makes it equal if that is wanted. */
import { ROOT, isBeneath } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import type { Difference, Side, Verification } from '../../../shared/verification.js';
import { nulEnded } from '../../lists/excludes.js';
import { failureBy } from '../failure.js';
import type { Failure } from '../failure.js';
import type { Services } from '../mode.js';
import type { Verified } from '../verified.js';
import { Protection } from '../rsync/protection.js';
import { UNKNOWN_CODES } from '../../schedule/verdict.js';
import type { Opened } from './opened.js';
import { failureOf } from './outcomes.js';
import { RunOption } from './wire.js';
import type { MirrorFinding, MirrorRow, MirrorSide } from './wire.js';

const NOTHING = Buffer.alloc(0);
const STOPPED: Failure = failureBy({ ending: { kind: 'timedOut' }, codes: UNKNOWN_CODES });

export class Verifier {
  private readonly protection: Protection;

  constructor(private readonly services: Pick<Services, 'settings' | 'refused'>) {
    this.protection = new Protection(services.settings);
  }

  async verify(
    opened: Opened,
    { checksum, repair }: Verification,
    among: readonly BytePath[],
  ): Promise<Verified> {
    const read = checksum ? RunOption.checksum : 0;
    const wanted = among.map((path): MirrorRow => ({ verb: 'tree', path }));
    const found = await this.run(opened, wanted, RunOption.compare | read);
    const differences = sorted(found.flatMap(differenceOf));
    const made = repair ? await this.repair(opened, differences, wanted) : [];
    const all = [...found, ...made];
    return { differences, failures: all.flatMap(failuresOf), changing: changingIn(all) };
  }

  private async repair(
    opened: Opened,
    differences: readonly Difference[],
    among: readonly MirrorRow[],
  ): Promise<readonly MirrorFinding[]> {
    const paths = new Set(differences.map(({ path }) => path));
    // What is beneath another one goes with it: two of them at a time would be in each other's way.
    const rows = [...paths]
      .filter((path) => !isBeneath(path, paths))
      .map((path): MirrorRow => ({ verb: 'tree', path }));
    if (rows.length === 0) return [];
    const made = await this.run(opened, rows, RunOption.checksum);
    // One of several names of a file may have been the only one that differed.
    const tied = await this.run(opened, among, 0);
    const told = new Set(made.map(({ path }) => path));
    return [...made, ...tied.filter(({ path }) => !told.has(path))];
  }

  private async run(
    { runs }: Opened,
    rows: readonly MirrorRow[],
    options: number,
  ): Promise<readonly MirrorFinding[]> {
    const { refused } = this.services;
    const end = await runs.run({
      rows,
      skipped: refused.all.size === 0 ? NOTHING : nulEnded([...refused.all].sort()),
      contents: refused.contents.size === 0 ? NOTHING : nulEnded([...refused.contents].sort()),
      rules: this.protection.isNeeded({ initial: false })
        ? this.protection.compiledRules
        : undefined,
      options,
      stamp: NOTHING,
      timeout: 0,
    });
    return end === 'hangs' ? [{ kind: 'stopped', row: 0, path: ROOT }] : end.findings;
  }
}

/** By path, and each once: directories above a tree are looked at once more. */
function sorted(differences: readonly Difference[]): Difference[] {
  const byPath = new Map(differences.map((one) => [one.path, one]));
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What has changed faster than it could be looked at, or made equal. */
function changingIn(findings: readonly MirrorFinding[]): BytePath[] {
  return [...new Set(findings.filter(({ kind }) => kind === 'changed').map(({ path }) => path))];
}

function differenceOf(finding: MirrorFinding): Difference[] {
  if (finding.kind !== 'differs') return [];
  const { path, what, source, destination } = finding;
  return [{ path, what, source: sideOf(source), destination: sideOf(destination) }];
}

function sideOf(side: MirrorSide | undefined): Side | null {
  return side === undefined ? null : { ...side, modified: String(side.modified) };
}

function failuresOf(finding: MirrorFinding): Verified['failures'] {
  const { path } = finding;
  if (finding.kind === 'failed') return [{ path, failure: failureOf(finding) }];
  return finding.kind === 'stopped' ? [{ path, failure: STOPPED }] : [];
}
