/** Findings as a monitor makes them. */
import { fromText } from '../../../src/shared/bytes.js';
import { ObjectType } from '../../../src/shared/entry.js';
import { Found, NONE } from '../../../src/watcher/monitor/findings.js';
import type { Finding } from '../../../src/watcher/monitor/findings.js';

export function finding(
  kind: keyof typeof Found,
  path: string,
  parts: Partial<Finding> = {},
): Finding {
  return {
    kind: Found[kind],
    type: ObjectType.file,
    detail: 0,
    actions: 0,
    mask: 0,
    first: 0,
    last: 0,
    node: 0,
    target: NONE,
    nlink: 1,
    errno: 0,
    since: 0,
    after: parts.since ?? 0,
    size: 0,
    inode: inode(0),
    signatureLow: 0,
    signatureHigh: 0,
    path: fromText(path),
    origin: undefined,
    ...parts,
  };
}

/** Device and number, as in `Finding.inode`. */
export function inode(number: number): string {
  const key = Buffer.alloc(16, 1);
  key.writeBigUInt64LE(BigInt(number), 8);
  return key.toString('latin1');
}
