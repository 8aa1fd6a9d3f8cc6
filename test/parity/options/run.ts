/**
 * One run of the daemon with one option in one form and a fixed set of other options, and its
 * results.
 */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { optionRow } from '../../../src/master/options/table.js';
import type { OptionName } from '../../../src/master/options/table.js';
import { Daemon } from '../../harness/daemon.js';
import { commandOf } from '../../harness/programs.js';
import { subdirectory, temporaryDirectory } from '../../harness/temporary.js';
import type { Scope } from '../../harness/temporary.js';
import { writeScript } from '../stage.js';

export const FORMS = ['short', 'long', 'config'] as const;
export type Form = (typeof FORMS)[number];

export interface Setting {
  readonly name: OptionName;
  /** The value; undefined: the bare option (`1` in a configuration file). */
  readonly value?: string;
  /** The form; undefined: the option is not given. */
  readonly form?: Form;
}

export interface Surroundings {
  /**
   * The other options, by long name; undefined removes one of the fixed set. `$base` is
   * substituted.
   */
  readonly beside?: Readonly<Record<string, string | undefined>>;
  /** Arguments after `--`. */
  readonly words?: readonly string[];
  /** Lines for the configuration file after the block `default`. */
  readonly blocks?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Further lines of the handler. */
  readonly handler?: string;
  readonly prepare?: (base: string, scope: Scope) => void;
}

export class Run {
  readonly source: string;
  readonly destination: string;
  readonly daemon: Daemon;

  private constructor(
    scope: Scope,
    readonly base: string,
    /** Whether the option under test is given. */
    readonly isGiven: boolean,
    command: readonly string[],
    environment: NodeJS.ProcessEnv | undefined,
    silent: boolean,
  ) {
    this.source = join(base, 'source');
    this.destination = join(base, 'destination');
    this.daemon = new Daemon(scope, command, {
      cwd: base,
      environment: { ...process.env, HOME: base, ...environment },
      silent,
    });
  }

  static start(scope: Scope, setting: Setting, around: Surroundings): Run {
    const base = temporaryDirectory(scope);
    for (const name of ['source', 'destination', 'writable', 'source/directory'])
      subdirectory(base, name);
    chmodSync(join(base, 'writable'), 0o777);
    for (const name of ['a', 'b', 'directory/c']) writeFileSync(join(base, 'source', name), name);
    writeScript(
      join(base, 'handler'),
      `${PROBES}\n${around.handler ?? ''}\necho "$@" >>'${base}/writable/calls'`.replaceAll(
        '$base',
        base,
      ),
    );
    around.prepare?.(base, scope);
    const { words, line } = written(setting, base);
    writeFileSync(
      join(base, 'config'),
      `[default]\n${line}\n${(around.blocks ?? '').replaceAll('$base', base)}\n`,
    );
    return new Run(
      scope,
      base,
      setting.form !== undefined,
      [
        ...commandOf('clsync'),
        ...fixed(setting, around, base),
        ...words,
        ...(around.words ? ['--', ...around.words] : []),
      ],
      around.environment,
      setting.name === 'verbose',
    );
  }

  /**
   * The arguments of each call of the handler so far. Paths beneath the base are relative to it.
   */
  calls(): string[] {
    return this.lines('calls');
  }

  /** A value that the handler's last call recorded about itself, by name. */
  probe(name: string): string {
    return this.lines(name).at(-1) ?? '';
  }

  /** The content of a file beneath the base; undefined: there is none. */
  text(name: string): string | undefined {
    try {
      return readFileSync(join(this.base, name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return undefined;
    }
  }

  names(directory: string): string[] {
    return existsSync(join(this.base, directory))
      ? readdirSync(join(this.base, directory)).sort()
      : [];
  }

  write(name: string, text = 'new'): void {
    mkdirSync(join(this.source, name, '..'), { recursive: true });
    writeFileSync(join(this.source, name), text);
  }

  append(name: string, text: string): void {
    appendFileSync(join(this.source, name), text);
  }

  /** Resolves at the end of the daemon with its exit status. */
  async ended(): Promise<string> {
    const { code, signal } = await this.daemon.exited;
    return String(code ?? signal);
  }

  /** Waits until the handler has been called `times` times. */
  async called(times: number): Promise<void> {
    await this.daemon.until(`${times} calls`, () => this.calls().length >= times);
  }

  private lines(name: string): string[] {
    return (this.text(`writable/${name}`) ?? '')
      .replaceAll(this.base, '')
      .split('\n')
      .filter((line) => line !== '');
  }
}

/** Commands with which every call of the handler records its own state. */
const PROBES = `cd '$base/writable' || exit 99
{ id -u; } >>uid; { id -g; } >>gid
sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status >>capabilities
for kind in net ipc uts; do readlink /proc/self/ns/$kind >>$kind; done
env >environment
[ -e '$base/hidden' ] && echo seen >>hidden
cd - >/dev/null`;

/** Mode direct, the handler above, no delays, and the end after the initial sync. */
const FIXED: Readonly<Record<string, string>> = {
  'watch-dir': '$base/source',
  'destination-dir': '$base/destination',
  mode: 'direct',
  'sync-handler': '$base/handler',
  'handler-allow': '$base/writable:rw',
  'delay-collect': '0',
  'delay-collect-bigfile': '0',
  'delay-sync': '0',
  'only-initialsync': '1',
  'config-file': '$base/config',
};

function fixed(setting: Setting, around: Surroundings, base: string): string[] {
  const all: Record<string, string | undefined> = { ...FIXED, ...around.beside };
  delete all[setting.name];
  return Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value.replaceAll('$base', base)}`],
  );
}

/** The option in its form: arguments of the command line, or a line of the configuration file. */
function written({ name, value, form }: Setting, base: string): { words: string[]; line: string } {
  const text = value?.replaceAll('$base', base);
  if (form === 'config') return { words: [], line: `${name} = ${text ?? 1}` };
  if (form === 'long')
    return { words: [text === undefined ? `--${name}` : `--${name}=${text}`], line: '' };
  if (form === 'short') return { words: [`-${optionRow(name).short}${text ?? ''}`], line: '' };
  return { words: [], line: '' };
}
