/**
 * Capability names and sets, see capabilities(7). A set is a mask: bit N is the capability with
 * number N.
 */
import { readFileSync } from 'node:fs';

/** Ordered by their numbers in <linux/capability.h>. */
const NAMES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
  'PERFMON',
  'BPF',
  'CHECKPOINT_RESTORE',
] as const;
export type Capability = (typeof NAMES)[number];

/**
 * Parses the name of a capability: `CHOWN`, `cap_chown` and `CAP_CHOWN` are the same. undefined:
 * there is no such capability.
 */
export function parseCapability(name: string): Capability | undefined {
  const plain = name.toUpperCase().replace(/^CAP_/, '');
  return NAMES.find((known) => known === plain);
}

export function maskOf(names: readonly Capability[]): bigint {
  return names.reduce((mask, name) => mask | (1n << BigInt(NAMES.indexOf(name))), 0n);
}

export function namesOf(mask: bigint): Capability[] {
  return NAMES.filter((_, number) => ((mask >> BigInt(number)) & 1n) === 1n);
}

export interface CapabilityMasks {
  readonly permitted: bigint;
  readonly effective: bigint;
  readonly inheritable: bigint;
  readonly bounding: bigint;
}

/**
 * Reads the capability sets from `status`, the text of /proc/PID/status of a process or thread, see
 * proc(5).
 */
export function capabilitiesIn(status: string): CapabilityMasks {
  const mask = (field: string): bigint =>
    BigInt('0x' + (new RegExp(`^${field}:\\t(\\w+)$`, 'm').exec(status)?.[1] ?? '0'));
  return {
    permitted: mask('CapPrm'),
    effective: mask('CapEff'),
    inheritable: mask('CapInh'),
    bounding: mask('CapBnd'),
  };
}

/** The sets of this process, which limit what it can give to roles. */
export function ownCapabilities(): CapabilityMasks {
  return capabilitiesIn(readFileSync('/proc/self/status', 'latin1'));
}
