/** A source, a destination, and a program that keeps the destination equal to the source. */
import { compareTrees, describeDifferences } from './compare.js';
import type { CompareOptions, Difference } from './compare.js';
import { Daemon } from './daemon.js';
import type { DaemonOptions } from './daemon.js';
import { commandOf, mirrorOptions } from './programs.js';
import type { Program } from './programs.js';
import { subdirectory, temporaryDirectory } from './temporary.js';
import type { Scope } from './temporary.js';
import type { UntilOptions } from './until.js';
import { as } from './user.js';

export interface MirrorOptions extends DaemonOptions {
  readonly program?: Program;
  /** An empty directory for source and destination; undefined: a new one. */
  readonly base?: string;
  /** More options of clsync. */
  readonly options?: readonly string[];
  /** The destination as an argument of the program, when it is not the path itself. */
  readonly destination?: (path: string) => string;
  /** Fills the source before the program starts, with the ids of `user`. */
  readonly prepare?: (source: string) => void;
  readonly compare?: CompareOptions;
}

export class Mirror {
  /**
   * Contains source and destination; every process that works for this mirror has it in its command
   * line, environment or working directory.
   */
  readonly base: string;
  readonly source: string;
  readonly destination: string;
  readonly daemon: Daemon;

  constructor(
    scope: Scope,
    private readonly options: MirrorOptions = {},
  ) {
    const { program = 'clsync', user } = options;
    this.base = options.base ?? temporaryDirectory(scope, user);
    this.source = subdirectory(this.base, 'source', user);
    this.destination = subdirectory(this.base, 'destination', user);
    as(user, () => options.prepare?.(this.source));
    const words = mirrorOptions(scope, program, {
      source: this.source,
      destination: options.destination?.(this.destination) ?? this.destination,
      ...(options.options && { options: options.options }),
    });
    this.daemon = new Daemon(scope, [...commandOf(program), ...words], options);
  }

  differences(): Difference[] {
    return compareTrees(this.source, this.destination, this.options.compare);
  }

  /** Waits until `differences` finds none. */
  async equal(options: UntilOptions = {}): Promise<void> {
    let differences: Difference[] = [];
    await this.daemon.until(
      'destination like source',
      () => (differences = this.differences()).length === 0,
      {
        every: 100,
        ...options,
        detail: () => describeDifferences(differences),
      },
    );
  }
}
