/** Descriptors of executors that join while others go on: the monitor sends them. */
import { native } from '../shared/native.js';
import { codeOf } from '../shared/system-errors.js';

interface JoiningNative {
  /** The first byte that waits, and the descriptors that came with it; EAGAIN: none waits. */
  take(fd: number): [Buffer, number[]];
}

const { take } = native as unknown as JoiningNative;

/** Those that wait, each with the number of its destination. @param fd where they come */
export function joined(fd: number): (readonly [descriptor: number, destination: number])[] {
  const joining: (readonly [number, number])[] = [];
  try {
    for (;;) {
      const [[destination = 0], descriptors] = take(fd);
      for (const descriptor of descriptors) joining.push([descriptor, destination]);
    }
  } catch (error) {
    if (codeOf(error) !== 'EAGAIN') throw error;
    return joining;
  }
}
