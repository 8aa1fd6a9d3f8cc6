import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { display, fromText, ROOT } from '../../src/shared/bytes.js';
import type { BytePath } from '../../src/shared/bytes.js';
import { FILES } from '../../src/shared/layout.js';
import { Daemon } from '../harness/daemon.js';
import { commandOf } from '../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../harness/temporary.js';
import type { Scope } from '../harness/temporary.js';
import { CANARY, makeHostileTree } from './hostile-names.js';

export const BEFORE = fromText('before');
export const AFTER = fromText('after');

/**
 * A daemon whose handler records its arguments. The handler may write only to the source and to
 * `base/log`.
 */
export class Recording {
  readonly source: string;
  readonly daemon: Daemon;
  /** All paths made, which must all be handed over. */
  readonly made: BytePath[];
  private readonly log: string;

  constructor(
    scope: Scope,
    mode: string,
    handler: (log: string) => readonly [name: string, text: string],
    ...options: readonly string[]
  ) {
    const base = temporaryDirectory(scope);
    this.source = subdirectory(base, 'source');
    this.log = subdirectory(base, 'log') + '/calls';
    const [name, text] = handler(this.log);
    fs.writeFileSync(`${base}/${name}`, text, { mode: 0o755 });
    fs.writeFileSync(this.log, '', { mode: 0o666 });
    this.made = [ROOT, ...makeHostileTree(fromText(this.source), BEFORE)];
    const program = name.endsWith('.c') ? compile(base, name) : `${base}/${name}`;
    const words = [
      '-H',
      '/NULL/',
      '-W',
      this.source,
      '-t0',
      '-w0',
      '-M',
      mode,
      '-S',
      program,
      '--handler-allow',
      `${base}/log:rw`,
      ...options,
    ];
    this.daemon = new Daemon(scope, [...commandOf('clsync'), ...words]);
  }

  /**
   * The arguments of each call. If `again`, more names are made once the first ones have been
   * handed over.
   */
  async calls(
    pathsOf: (calls: readonly (readonly string[])[]) => readonly string[],
    expected: (path: BytePath) => string | undefined,
    again = true,
  ): Promise<string[][]> {
    await this.handedOver(pathsOf, expected);
    if (again) {
      this.made.push(...makeHostileTree(fromText(this.source), AFTER));
      await this.handedOver(pathsOf, expected);
    }
    await this.daemon.stop();
    assert.equal(fs.existsSync(`${this.source}/${CANARY}`), false, 'a name was executed');
    return this.read();
  }

  private async handedOver(
    pathsOf: (calls: readonly (readonly string[])[]) => readonly string[],
    expected: (path: BytePath) => string | undefined,
  ): Promise<void> {
    const wanted = new Set(this.made.map(expected).filter((path) => path !== undefined));
    let missing: string[] = [];
    await this.daemon.until(
      'every name in the record',
      () => {
        const found = new Set(pathsOf(this.read()));
        missing = [...wanted].filter((path) => !found.has(path));
        return missing.length === 0;
      },
      { detail: () => missing.map((path) => display(path as BytePath)).join('\n') },
    );
    for (const path of pathsOf(this.read()))
      assert.ok(wanted.has(path), `nothing is called ${display(path as BytePath)}`);
  }

  private read(): string[][] {
    return fs
      .readFileSync(this.log, 'latin1')
      .split('\0<end>\0')
      .slice(0, -1)
      .map((call) => call.split('\0'));
  }
}

export function compile(base: string, source: string): string {
  const object = `${base}/handler.so`;
  execFileSync('cc', [
    `-I${FILES.root}include`,
    '-fPIC',
    '-shared',
    '-o',
    object,
    `${base}/${source}`,
  ]);
  return object;
}
