/** Tells which system calls the seal's filter has refused this process. */
import { Socket } from 'node:net';
import { native } from './native.js';

/** @param call its number @param count how often, since the last time */
export type Refused = (call: number, count: number) => void;

/** Milliseconds from the first refusal until it is told, with those that follow. */
const GATHERED = 100;

/** To be called before the filter is in force: an uncounted refusal would end the process. */
export function countRefusals(refused: Refused): void {
  const [bell, ring] = native.pipe();
  native.countRefusals(ring);
  const tell = (): void => {
    const rows = native.takeRefusals();
    for (let at = 0; at + 1 < rows.length; at += 2)
      refused(rows[at] as number, rows[at + 1] as number);
  };
  new Socket({ fd: bell, readable: true, writable: false })
    .on('error', () => undefined)
    .on('data', () => setTimeout(tell, GATHERED).unref())
    .unref();
}
