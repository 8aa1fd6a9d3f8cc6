/**
 * Looks at the paths of the ground: by itself at the start; later the monitor does that, and at the
 * paths that were opened before only, for a master that may not go there, and must not wait for a
 * file system.
 */
import { closeSync } from 'node:fs';
import type { BytePath } from '../../shared/bytes.js';
import { codeOf } from '../../shared/system-errors.js';
import { identifyDescriptor } from '../native.js';
import type { DirectoryFacts } from '../native.js';
import { LinkRefusal, openPath } from '../open-path.js';
import type { OpenedPath } from '../open-path.js';

/** Looks at a path without symbolic links. Throws an errno error, or NoAnswer. */
export type Looker = (path: BytePath) => DirectoryFacts;

export interface Seen {
  /** Where the path leads: without symbolic links. */
  readonly path: BytePath;
  readonly facts: DirectoryFacts;
}

export class Eyes {
  private looker: Looker | undefined;
  /** Where the paths led at first. */
  private readonly led = new Map<BytePath, BytePath>();

  /** The paths that were opened, without symbolic links. */
  get known(): readonly BytePath[] {
    return [...new Set(this.led.values())];
  }

  /** Whether the rights of this process say nothing about what it sees. */
  get areLent(): boolean {
    return this.looker !== undefined;
  }

  lend(looker: Looker): void {
    this.looker = looker;
  }

  /** Throws as `openPath`, and NoAnswer. */
  see(path: BytePath, kind: 'directory' | 'any' = 'directory'): Seen {
    const led = this.led.get(path);
    if (this.looker !== undefined && led !== undefined)
      return { path: led, facts: this.look(this.looker, led, kind) };
    const opened = this.open(path, kind);
    try {
      return { path: opened.path, facts: identifyDescriptor(opened.descriptor) };
    } finally {
      closeSync(opened.descriptor);
    }
  }

  /** Only while they are not lent: it waits for the file system. Throws as `openPath`. */
  open(path: BytePath, kind: 'directory' | 'any' = 'directory'): OpenedPath {
    const opened = openPath(path, kind);
    this.led.set(path, opened.path);
    return opened;
  }

  private look(looker: Looker, path: BytePath, kind: 'directory' | 'any'): DirectoryFacts {
    let facts: DirectoryFacts;
    try {
      facts = looker(path);
    } catch (error) {
      throw codeOf(error) === 'ELOOP'
        ? new LinkRefusal(path, 'reached by a symbolic link now in the path')
        : error;
    }
    if (kind === 'any' || facts.isDirectory) return facts;
    throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' });
  }
}
