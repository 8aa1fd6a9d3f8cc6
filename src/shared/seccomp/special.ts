/** Set-id bits and devices, which a mirror may not have unless its source has them. */
import type { CallRule } from './filter.js';

/** Whether set-id bits, and devices, may be made. */
export interface Mirrored {
  readonly setid: boolean;
  readonly devices: boolean;
}

const SET_ID = 0o6000;
/** O_CREAT, __O_TMPFILE: only with these the mode means something. */
const CREATING = 0o100 | 0o20000000;
const DEVICE = [0o020000 /* S_IFCHR */, 0o060000 /* S_IFBLK */];
const FILE_TYPE = 0o170000;

/** No set-user-ID and set-group-ID bits, neither of files nor of directories. */
const NO_SET_ID: readonly CallRule[] = [
  {
    action: 'EPERM',
    calls: ['chmod', 'creat', 'fchmod', 'mkdir', 'mknod'],
    when: [{ argument: 1, anyOf: SET_ID }],
  },
  {
    action: 'EPERM',
    calls: ['fchmodat', 'fchmodat2', 'mkdirat', 'mknodat'],
    when: [{ argument: 2, anyOf: SET_ID }],
  },
  {
    action: 'EPERM',
    calls: ['open'],
    when: [
      { argument: 1, anyOf: CREATING },
      { argument: 2, anyOf: SET_ID },
    ],
  },
  {
    action: 'EPERM',
    calls: ['openat'],
    when: [
      { argument: 2, anyOf: CREATING },
      { argument: 3, anyOf: SET_ID },
    ],
  },
];
const NO_DEVICES: readonly CallRule[] = [
  {
    action: 'EPERM',
    calls: ['mknod'],
    when: [{ argument: 1, oneOf: DEVICE, within: FILE_TYPE }],
  },
  {
    action: 'EPERM',
    calls: ['mknodat'],
    when: [{ argument: 2, oneOf: DEVICE, within: FILE_TYPE }],
  },
];

/** What a mirror may not have. */
export function noSpecial({ setid, devices }: Mirrored): readonly CallRule[] {
  return [...(setid ? [] : NO_SET_ID), ...(devices ? [] : NO_DEVICES)];
}
