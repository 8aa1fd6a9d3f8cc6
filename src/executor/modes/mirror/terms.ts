/** What the C part of mode mirror may do and has to keep. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { MIRROR_ATTRIBUTES } from '../../../shared/mirror-attributes.js';
import type { MirrorAttribute } from '../../../shared/mirror-attributes.js';
import type { Mirrored } from '../../../shared/seccomp/special.js';
import { MARGIN } from '../../lists/comparison.js';
import type { KeptTimes } from '../../lists/kept-times.js';
import { MirrorOption } from './wire.js';
import type { MirrorTerms } from './wire.js';

/** Numbers of <linux/capability.h>. */
const CAPABILITY = {
  chown: 0,
  mknod: 27,
  setFileCapabilities: 31,
} as const;

/** Bit N for capability number N, of this process. */
export type Rights = bigint;

/** The effective capabilities; none where /proc does not tell. */
export function ownRights(): Rights {
  try {
    const [, found = '0'] = /^CapEff:\t([0-9a-f]+)$/m.exec(status()) ?? [];
    return BigInt(`0x${found}`);
  } catch {
    return 0n;
  }
}

function status(): string {
  return readFileSync('/proc/self/status', 'latin1');
}

const { owner, group, mode, times, acls, capabilities, links } = MirrorOption;
const OPTIONS: Readonly<Record<MirrorAttribute, number>> = {
  owner,
  group,
  mode,
  times,
  acls,
  xattrs: MirrorOption.userAttributes,
  capabilities,
  links,
};

/** More do not pay: the disk, or one directory's lock, is what they wait for. */
const MOST_THREADS = 4;
/**
 * A file of so many bytes has holes if less than 1/`SPARSE_SHARE` of it is allocated. Finding them
 * costs two system calls; rounding of a file system is no hole.
 */
const [SPARSE_LEAST, SPARSE_SHARE] = [64 << 10, 1.1] as const;
/** Bytes: cloning the old copy and comparing costs less than writing from about here on. */
const DELTA_LEAST = 16 << 20;
/** Seconds: no change time is so much earlier than another, so that none has to be later. */
const NEVER = -1e9;

/** Pure, but for the number of processors. @param attributes undefined: all */
export function termsOf(
  attributes: readonly MirrorAttribute[] | undefined,
  oneFileSystem: boolean,
  mirrored: Mirrored,
  rights: Rights,
  kept: KeptTimes,
): MirrorTerms {
  const may = (capability: keyof typeof CAPABILITY): boolean =>
    (rights & (1n << BigInt(CAPABILITY[capability]))) !== 0n;
  const wanted = (attributes ?? MIRROR_ATTRIBUTES).reduce((bits, name) => bits | OPTIONS[name], 0);
  // What this process may not set is not compared either.
  const unable = may('setFileCapabilities') ? 0 : MirrorOption.capabilities;
  const options =
    (wanted & ~unable) |
    (may('chown') ? MirrorOption.anyOwner : 0) |
    (may('mknod') && mirrored.devices ? MirrorOption.devices : 0) |
    (mirrored.setid ? MirrorOption.setId : 0) |
    (oneFileSystem ? MirrorOption.oneFileSystem : 0);
  return {
    options,
    window: kept.window,
    margin: kept.changes ? (kept.window < 0 ? MARGIN.exact : MARGIN.coarse) : NEVER,
    sparseLeast: SPARSE_LEAST,
    sparseShare: SPARSE_SHARE,
    threads: Math.min(MOST_THREADS, availableParallelism()),
    deltaLeast: DELTA_LEAST,
  };
}
