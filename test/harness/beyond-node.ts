/** A program for the system calls that Node does not have: extended attributes, special files. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { fromBuffer, fromText, ROOT } from '../../src/shared/bytes.js';
import type { BytePath } from '../../src/shared/bytes.js';
import { FILES } from '../../src/shared/layout.js';
import { temporaryDirectory } from './temporary.js';
import type { Scope } from './temporary.js';

/** Bytes of all attributes of a tree. */
const MOST = 1 << 28;
/** The exit code of a list during which a directory went. */
const CHANGED = 3;

export class BeyondNode {
  /** @param program as `compile` has returned it */
  constructor(private readonly program: string) {}

  /** Any user may run it. */
  static compile(scope: Scope): string {
    const program = join(temporaryDirectory(scope), 'beyond-node');
    const source = join(FILES.root, 'test/harness/beyond-node.c');
    execFileSync('cc', ['-O1', '-Wall', '-Werror', '-o', program, source]);
    chmodSync(program, 0o755);
    return program;
  }

  /** Whether it went well. The words are those of beyond-node.c. */
  run(...words: readonly BytePath[]): boolean {
    return spawnSync(this.program, { input: inputOf(words) }).status === 0;
  }

  /** For each object with attributes, its relative path and `name=value` of all, sorted. */
  attributesIn(root: string): Map<BytePath, string> {
    const { status, signal, error, stdout } = spawnSync(this.program, {
      input: inputOf([fromText('list'), fromText(root)]),
      maxBuffer: MOST,
    });
    if (error) throw error;
    const found = new Map<BytePath, string>();
    // Half a list equals no whole one: whoever waits for equal trees asks again.
    if (status === CHANGED) found.set(ROOT, `changed while listed: ${root}`);
    else if (status !== 0) throw new Error(`no attributes of ${root}: ${status ?? signal}`);
    const fields = fromBuffer(stdout).split('\0');
    for (let at = 0; at + 2 < fields.length; at += 3) {
      const path = (fields[at] as BytePath).replace(/^\//, '') as BytePath;
      const text = `${fields[at + 1]}=${fields[at + 2]}`;
      found.set(path, [...(found.get(path)?.split(' ') ?? []), text].sort().join(' '));
    }
    return found;
  }
}

function inputOf(words: readonly BytePath[]): Buffer {
  return Buffer.from(words.map((word) => word + '\0').join(''), 'latin1');
}
