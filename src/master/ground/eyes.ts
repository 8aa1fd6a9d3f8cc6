/**
 * Opens the paths of the ground: by itself at the start; later the monitor does that, and of the
 * paths that were opened before only, for a master that may not go there.
 */
import { closeSync, fstatSync } from 'node:fs';
import type { BytePath } from '../../shared/bytes.js';
import { codeOf } from '../../shared/system-errors.js';
import { LinkRefusal, openPath } from '../open-path.js';
import type { OpenedPath } from '../open-path.js';

/** Opens a path without symbolic links. Throws an errno error. Returns a descriptor. */
export type Looker = (path: BytePath) => number;

export class Eyes {
  private looker: Looker | undefined;
  /** Where the paths led at first. */
  private readonly led = new Map<BytePath, BytePath>();

  /** The paths that were opened, without symbolic links. */
  get known(): readonly BytePath[] {
    return [...new Set(this.led.values())];
  }

  /** Whether the rights of this process say nothing about what it opens. */
  get areLent(): boolean {
    return this.looker !== undefined;
  }

  lend(looker: Looker): void {
    this.looker = looker;
  }

  /** Throws as `openPath`. */
  open(path: BytePath, kind: 'directory' | 'any' = 'directory'): OpenedPath {
    const led = this.led.get(path);
    if (this.looker !== undefined && led !== undefined)
      return { descriptor: this.look(this.looker, led, kind), path: led, isPublic: false };
    const opened = openPath(path, kind);
    this.led.set(path, opened.path);
    return opened;
  }

  private look(looker: Looker, path: BytePath, kind: 'directory' | 'any'): number {
    let descriptor: number;
    try {
      descriptor = looker(path);
    } catch (error) {
      throw codeOf(error) === 'ELOOP'
        ? new LinkRefusal(path, 'reached by a symbolic link now in the path')
        : error;
    }
    if (kind === 'any' || fstatSync(descriptor).isDirectory()) return descriptor;
    closeSync(descriptor);
    throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' });
  }
}
