/** What programs that the executor starts lose besides what it has lost itself. */
import type { CallRule } from './filter.js';
import { noSpecial } from './special.js';
import type { Mirrored } from './special.js';

/** No signals to these processes, to their process groups, or to all processes at once. */
export function noSignalsTo(processes: readonly number[]): readonly CallRule[] {
  const targets = processes.flatMap((pid) => [pid, -pid >>> 0]);
  return [
    { action: 'EPERM', calls: ['kill'], when: [{ argument: 0, oneOf: [-1 >>> 0, ...targets] }] },
    {
      action: 'EPERM',
      calls: ['tgkill', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo', 'pidfd_open'],
      when: [{ argument: 0, oneOf: processes }],
    },
    // It names a thread without its process. The C library no longer uses it.
    { action: 'EPERM', calls: ['tkill'] },
  ];
}

/** fcntl(2) and ioctl(2): who gets a signal when something can be read. */
const OWNER = { fcntl: [8 /* F_SETOWN */, 15 /* F_SETOWN_EX */], ioctl: [0x8901, 0x8902] } as const;
const LARGEST = 0x7fffffff;

/** The ways of sending signals that name no process, or not in a register. */
export const NO_INDIRECT_SIGNALS: readonly CallRule[] = [
  // A directory of /proc will do as a descriptor. Programs then use kill.
  { action: 'ENOSYS', calls: ['pidfd_send_signal'] },
  { action: 'EPERM', calls: ['fcntl'], when: [{ argument: 1, oneOf: OWNER.fcntl }] },
  { action: 'EPERM', calls: ['ioctl'], when: [{ argument: 1, oneOf: OWNER.ioctl }] },
];

/**
 * No signals to what was started from process `first` to process `last`, nor to process groups or
 * threads with such numbers: the kernel counts up, and begins anew at its largest number.
 */
export function noSignalsBetween(first: number, last: number): readonly CallRule[] {
  const ranges =
    first <= last
      ? [{ from: first, to: last }]
      : [
          { from: 1, to: last },
          { from: first, to: LARGEST },
        ];
  return ranges.flatMap(({ from, to }): CallRule[] => [
    {
      action: 'EPERM',
      calls: ['kill', 'tgkill', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo', 'pidfd_open'],
      when: [{ argument: 0, from, to }],
    },
    {
      action: 'EPERM',
      calls: ['kill'],
      when: [{ argument: 0, from: -to >>> 0, to: -from >>> 0 }],
    },
  ]);
}

export const NO_OTHER_CAPABILITIES: CallRule = { action: 'EPERM', calls: ['capset'] };

/**
 * For the programs that the executor starts. openat2, with which the executor opens directories,
 * has its mode in memory, which a filter cannot read.
 */
export function noSpecialByHandlers(mirrored: Mirrored): readonly CallRule[] {
  return [
    ...noSpecial(mirrored),
    ...(mirrored.setid ? [] : [{ action: 'ENOSYS', calls: ['openat2'] } as const]),
  ];
}
