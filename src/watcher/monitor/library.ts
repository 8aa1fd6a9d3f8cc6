/**
 * What an event source needs besides the kernel: loaded before the seal, after which no file is
 * read.
 */
import { readFileSync } from 'node:fs';
import { fromText, toBuffer } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import { MONITORS } from '../../shared/monitors.js';
import type { MonitorName } from '../../shared/monitors.js';
import { native } from '../../shared/native.js';
import type { MonitorHandle } from '../../shared/native.js';

interface GioNative {
  /** `limit`: of the kernel's queue of events. What is wrong, or undefined. */
  gioLoad(library: Uint8Array, limit: number): string | undefined;
  /** For a monitor that is `late`: has another round noticed, after which `wake` is called. */
  monitorAwait(handle: MonitorHandle): void;
}

/** Part of the addon as it is, which `Native` does not list: only this source has it. */
const gio = native as unknown as GioNative;

const QUEUE_LIMIT = '/proc/sys/fs/inotify/max_queued_events';
/** The kernel's own, where the setting cannot be read. */
const USUAL_LIMIT = 16_384;

/** Returns why it cannot be loaded. */
export function loadLibrary(monitor: MonitorName): ClsyncError | undefined {
  const { library, notOpened } = MONITORS[monitor];
  if (library === undefined) return undefined;
  const wrong = gio.gioLoad(toBuffer(fromText(FILES.libraries + library.file)), queueLimit());
  return wrong === undefined ? undefined : new ClsyncError(notOpened, wrong);
}

export function awaitRound(handle: MonitorHandle): void {
  gio.monitorAwait(handle);
}

function queueLimit(): number {
  try {
    return Number(readFileSync(QUEUE_LIMIT, 'latin1')) || USUAL_LIMIT;
  } catch {
    return USUAL_LIMIT;
  }
}
