/** The table of roles: program, peers and confinement of each, and the members of the crew. */
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ALONE } from '../../shared/layout.js';
import { STATE_FILES } from '../../shared/state/files.js';
import { MONITORS } from '../../shared/monitors.js';
import type { Filter } from '../../shared/seccomp/filter.js';
import { executorSeal, executorStart } from '../../shared/seccomp/executor.js';
import { watcherSeal, watcherStart } from '../../shared/seccomp/watcher.js';
import type { RoleChoice } from '../../shared/seccomp/executor.js';
import type { Capability } from './capabilities.js';
import { executorGrants, watcherGrants } from './grants.js';
import type { Grant } from './grants.js';
import type { SandboxSettings } from './settings.js';
import { executorTerms, watcherTerms } from './terms.js';
import type { RoleTerms } from './terms.js';

export type SandboxedRole = 'watcher' | 'executor';

/**
 * The capabilities that rsync needs for a perfect mirror without uid 0: owners, modes, unreadable
 * files, set-id bits, device nodes.
 */
export const MIRROR_PROFILE: readonly Capability[] = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'MKNOD',
];

/**
 * The capabilities the monitor needs besides those it gives to roles: for their ids, namespaces and
 * mounts, to reach the directories that they are shown, and to write the daemon's own files (pid
 * file, status file, socket) at any path of the user's.
 */
export const MONITOR_CAPABILITIES: readonly Capability[] = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'DAC_READ_SEARCH',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_ADMIN',
];

/** What the monitor's clerk keeps of them: it works with the files of others. */
export const CLERK_CAPABILITIES: readonly Capability[] = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'DAC_READ_SEARCH',
];

interface RoleRow {
  /** The roles it shares socketpairs with, one for each member of that role. */
  readonly peers: readonly SandboxedRole[];
  /**
   * Milliseconds it has to end by itself after its channel is closed; 0: it is killed at once,
   * because it has no work to finish.
   */
  readonly grace: number;

  /** The capabilities in every set of the role, bounding and ambient included. */
  readonly capabilities: readonly Capability[];
  /** The capability it gets when none of `capabilities` is available, as in most containers. */
  readonly substitute: Capability | undefined;
  /** Under ids other than the starter's, it needs one of these to reach the starter's tree. */
  readonly reaches: readonly Capability[];

  /** Its working directory. */
  readonly directory: (settings: SandboxSettings) => BytePath;
  /** The arguments of its program. */
  readonly words: (settings: SandboxSettings) => readonly string[];
  /** The number of descriptors the master opens for it, `DESCRIPTORS.granted` and following. */
  readonly descriptors: (settings: SandboxSettings) => number;
  /** The options as they apply to it. */
  readonly terms: (settings: SandboxSettings) => RoleTerms;
  /** The paths it may reach. */
  readonly grants: (settings: SandboxSettings) => readonly Grant[];
  /** Its system calls from its start, and after its seal; undefined: the seal refuses no more. */
  readonly filter: (settings: SandboxSettings, choice: RoleChoice) => Filter;
  readonly seal: (settings: SandboxSettings) => Filter | undefined;
}

export const ROLES: Readonly<Record<SandboxedRole, RoleRow>> = {
  watcher: {
    peers: ['executor'],
    grace: 0,
    capabilities: ['DAC_READ_SEARCH'],
    substitute: 'DAC_OVERRIDE',
    reaches: ['DAC_READ_SEARCH', 'DAC_OVERRIDE'],
    // It watches that, and opens no path.
    directory: ({ watchDirectory }) => watchDirectory,
    words: ({ monitor }) => [monitor],
    descriptors: () => 0,
    terms: watcherTerms,
    grants: watcherGrants,
    filter: ({ monitor }) => watcherStart(MONITORS[monitor].calls),
    seal: ({ monitor }) => watcherSeal(MONITORS[monitor].calls),
  },
  executor: {
    peers: ['watcher'],
    grace: 300,
    capabilities: MIRROR_PROFILE,
    substitute: undefined,
    reaches: ['DAC_OVERRIDE'],
    directory: () => fromText('/'),
    words: ({ executes }) => (executes ? [] : [ALONE]),
    descriptors: ({ stateDirectory }) => (stateDirectory === undefined ? 0 : STATE_FILES.length),
    terms: executorTerms,
    grants: executorGrants,
    filter: ({ copies, executes, onlyRsync }, choice) =>
      executorStart({ ...choice, copies, executes, onlyRsync: onlyRsync === true }),
    seal: ({ executes }) => executorSeal(executes),
  },
};

/** One process of the crew: a watcher, or the executor of one destination. */
export interface Member {
  readonly role: SandboxedRole;
  /** The name for messages, as in `the NAME`; unique. */
  readonly name: string;
  /** The number of its destination; 0 for a watcher. */
  readonly destination: number;
}

/** The most destinations of a daemon: src/native/monitor/frozen.h. */
export const DESTINATIONS_MAX = 8;

/** Of a destination by its number. */
export function executorName(destination: number): string {
  return destination === 0 ? 'executor' : `executor ${destination + 1}`;
}

const CREWS = new Map<number, readonly Member[]>();

/**
 * All members, in the order of their start: the same ones for each call with the same number. The
 * executors are first because they take longest: joining their control group blocks.
 */
export function crewOf(destinations: number): readonly Member[] {
  const known = CREWS.get(destinations);
  if (known !== undefined) return known;
  const crew: readonly Member[] = [
    ...Array.from({ length: destinations }, (_, destination): Member => ({
      role: 'executor',
      name: executorName(destination),
      destination,
    })),
    { role: 'watcher', name: 'watcher', destination: 0 },
  ];
  CREWS.set(destinations, crew);
  return crew;
}

export const ALL_ROLES: readonly SandboxedRole[] = ['watcher', 'executor'];

/** A value for each role. */
export function forEachRole<T>(value: (role: SandboxedRole) => T): Record<SandboxedRole, T> {
  return { watcher: value('watcher'), executor: value('executor') };
}

/** The first one of a role. */
export function memberOf(role: SandboxedRole): Member {
  return crewOf(1).find((member) => member.role === role) as Member;
}

/**
 * How many descriptors for its peers a member of the role has: a socketpair with each, and, where
 * there are several, one on which those come that join later.
 */
export function peerCount(role: SandboxedRole, crew: readonly Member[]): number {
  const peers = crew.filter((other) => ROLES[role].peers.includes(other.role)).length;
  return peers > 1 ? peers + 1 : peers;
}
