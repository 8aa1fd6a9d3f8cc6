/**
 * What is mounted below the watch directory, where nothing else needs a walk of the tree: each such
 * file system is watched by itself, and so walked.
 */
import { ROOT } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { Found } from '../monitor/findings.js';
import type { Finding } from '../monitor/findings.js';
import type { Monitor } from '../monitor/monitor.js';

export interface MountedContext {
  monitor(): Pick<Monitor, 'isLazy' | 'lookAtMounts' | 'lookAtAllMounts' | 'completes'>;
  now(): number;
  /** Walks what is mounted, and tells nothing of it. */
  walk(node: number): void;
  dispatch(found: Finding): void;
  rescan(path: BytePath): void;
  /** The mounts below may be others than before. */
  tell(): void;
}

export class Mounted {
  constructor(private readonly context: MountedContext) {}

  /** Before the watch counts as begun. */
  begin(): void {
    const { monitor, now, walk, dispatch } = this.context;
    this.context.tell();
    if (!monitor().isLazy) return;
    for (const found of monitor().lookAtAllMounts(now()))
      if (found.kind === Found.directory) walk(found.target);
      else dispatch(found);
  }

  /** Something was mounted or unmounted. */
  changed(): void {
    const { monitor, now, dispatch, rescan } = this.context;
    for (const found of monitor().lookAtMounts(now())) dispatch(found);
    if (monitor().completes()) rescan(ROOT);
    this.context.tell();
  }
}
