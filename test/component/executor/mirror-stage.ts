/** The C part of mode mirror between two directories, for tests that call it directly. */
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fromText, toBuffer } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { nulEnded } from '../../../src/executor/lists/excludes.js';
import {
  MirrorOption,
  decodeAnswer,
  encodeRows,
  encodeTerms,
} from '../../../src/executor/modes/mirror/wire.js';
import type {
  MirrorAnswer,
  MirrorRow,
  MirrorTerms,
} from '../../../src/executor/modes/mirror/wire.js';
import { native } from '../../../src/shared/native.js';
import type { MirrorHandle, RulesHandle } from '../../../src/shared/native.js';

export const IS_ROOT = process.geteuid?.() === 0;

const { anyOwner, devices, ...EVERYTHING } = MirrorOption;
const { oneFileSystem: _, ...USUAL } = EVERYTHING;

export const TERMS: MirrorTerms = {
  options:
    Object.values(USUAL).reduce((all, option) => all | option, 0) |
    (IS_ROOT ? anyOwner | devices : 0),
  window: -1,
  margin: 0.01,
  sparseLeast: 1 << 20,
  sparseShare: 2,
  threads: 2,
  deltaLeast: 1 << 26,
};

export interface RunSettings {
  /** Bits of `RunOption`. */
  readonly options?: number;
  readonly skipped?: readonly string[];
  readonly contents?: readonly string[];
  readonly rules?: RulesHandle;
  readonly stamp?: string;
}

export class MirrorStage {
  readonly source: string;
  readonly destination: string;
  readonly backup: string;
  readonly handle: MirrorHandle;

  /** Makes the directories beneath `root`, unless they are there. */
  constructor(root: string, terms: Partial<MirrorTerms> = {}) {
    this.source = join(root, 'source');
    this.destination = join(root, 'destination');
    this.backup = join(root, 'backup');
    const descriptors = [this.source, this.destination, this.backup].map((path) => {
      mkdirSync(path, { recursive: true });
      return openSync(path, 'r');
    }) as [number, number, number];
    this.handle = native.mirrorOpen(...descriptors, encodeTerms({ ...TERMS, ...terms }));
  }

  /** Starts a run. */
  begin(
    rows: readonly MirrorRow[],
    { options = 0, skipped = [], contents = [], rules, stamp = 'stamp' }: RunSettings = {},
  ): { readonly number: number; readonly answer: Promise<MirrorAnswer> } {
    let number = 0;
    const answer = new Promise<Buffer>((resolve) => {
      number = native.mirrorRun(
        this.handle,
        encodeRows(rows),
        nulEnded(skipped.map(fromText).sort()),
        nulEnded(contents.map(fromText).sort()),
        rules,
        options,
        toBuffer(fromText(stamp)),
        resolve,
      );
    });
    return { number, answer: answer.then(decodeAnswer) };
  }

  run(rows: readonly MirrorRow[], settings?: RunSettings): Promise<MirrorAnswer> {
    return this.begin(rows, settings).answer;
  }

  tree(settings?: RunSettings): Promise<MirrorAnswer> {
    return this.run([row('tree', '')], settings);
  }

  close(): void {
    native.mirrorClose(this.handle);
  }
}

export function row(
  verb: MirrorRow['verb'],
  path: string,
  rest: Partial<MirrorRow> = {},
): MirrorRow {
  return { verb, path: fromText(path), ...rest };
}

export function move(origin: string, path: string, flags = 0): MirrorRow {
  return row('move', path, { origin: fromText(origin), flags });
}

/** Findings as texts: kind and path. */
export function found({ findings }: MirrorAnswer): string[] {
  return findings.map(({ kind, path }) => `${kind} ${path}`).sort();
}

export type { BytePath };
