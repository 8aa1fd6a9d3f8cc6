/** Descriptors of executors that join while others go on: the monitor sends them. */
import { native } from '../shared/native.js';
import { codeOf } from '../shared/system-errors.js';

interface JoiningNative {
  /** The first byte that waits, and the descriptors that came with it; EAGAIN: none waits. */
  take(fd: number): [Buffer, number[]];
}

const { take } = native as unknown as JoiningNative;

/** Those that wait. @param fd where they come */
export function joined(fd: number): number[] {
  const descriptors: number[] = [];
  try {
    for (;;) for (const one of take(fd)[1]) descriptors.push(one);
  } catch (error) {
    if (codeOf(error) !== 'EAGAIN') throw error;
    return descriptors;
  }
}
