/** Directories of the kernel, which every view has and which need no grant. */
import { fromText, isWithin } from './bytes.js';
import type { BytePath } from './bytes.js';

const DEVICES = fromText('/dev');
const SHARED_MEMORY = fromText('/dev/shm');
const OF_KERNEL = ['/proc', '/sys'].map(fromText);

/** Whether it is in /dev, among the devices; /dev/shm is a place for files like any other. */
export function isAmongDevices(path: BytePath): boolean {
  return isWithin(path, DEVICES) && !isWithin(path, SHARED_MEMORY);
}

export function isAside(path: BytePath): boolean {
  return isAmongDevices(path) || OF_KERNEL.some((place) => isWithin(path, place));
}
