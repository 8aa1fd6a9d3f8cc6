/** A handler that records its calls: the set-up of what tests the modes. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromText } from '../../../src/shared/bytes.js';
import type { BytePath } from '../../../src/shared/bytes.js';
import { EntryFlag } from '../../../src/shared/entry.js';
import type { Batch, Entry } from '../../../src/shared/entry.js';
import type { ExecutorSettings } from '../../../src/shared/settings.js';
import { Driver, Stage } from './driver.js';
import { entry } from '../../harness/entries.js';

export const stage = new Stage((scratch) =>
  writeFileSync(join(scratch.root, 'record'), RECORD, { mode: 0o755 }),
);

/**
 * Records its surroundings: status, iteration, working directory, arguments, and the list files
 * among these.
 */
const RECORD = `#!/bin/sh
dir=\${0%/*}
{
  printf '%s\\0' "$CLSYNC_STATUS" "$CLSYNC_ITERATION" "$PWD" "$@"
  printf '\\036'
  for word; do case $word in "$dir"/*list.*) cat "$word"; printf '\\036';; esac; done
  printf '\\035'
} >> "$dir/log"
exit $(cat "$dir/exit" 2>/dev/null || echo 0)
`;

export interface Call {
  readonly status: string;
  readonly iteration: number;
  readonly directory: string;
  readonly words: readonly string[];
  /** The lines of each list file in the arguments. */
  readonly lists: readonly (readonly string[])[];
}

export function calls(): Call[] {
  const log = join(stage.scratch.root, 'log');
  if (!existsSync(log)) return [];
  const records = readFileSync(log, 'latin1').split('\x1d').slice(0, -1);
  return records.map((record) => {
    const [head = '', ...lists] = record.split('\x1e').slice(0, -1);
    const [status = '', iteration = '', directory = '', ...words] = head.split('\0').slice(0, -1);
    return {
      status,
      iteration: Number(iteration),
      directory,
      words,
      lists: lists.map((list) => list.split('\n').slice(0, -1)),
    };
  });
}

export function begin(changes: Partial<ExecutorSettings>, ...entries: Entry[]): Promise<void> {
  return beginBatch(changes, { changes: entries });
}

export function beginBatch(
  changes: Partial<ExecutorSettings>,
  batch: Partial<Batch>,
): Promise<void> {
  stage.driver = new Driver(
    stage.scratch.settings({ handler: fromText(join(stage.scratch.root, 'record')), ...changes }),
  );
  stage.driver.tell(batch);
  stage.driver.walked();
  return stage.driver.until('the initial sync', () => stage.driver.statuses.includes('running'));
}

export function object(path: string, directory = false): Entry {
  return entry(path, directory ? 0x40000100 : 0x100, EntryFlag.initial);
}

export function template(...words: string[]): BytePath[] {
  return words.map(fromText);
}

/** Makes regular files: they must exist when lists are made. */
export function make(...names: string[]): void {
  for (const name of names) {
    mkdirSync(join(stage.scratch.source, name, '..'), { recursive: true });
    writeFileSync(join(stage.scratch.source, name), '');
  }
}
