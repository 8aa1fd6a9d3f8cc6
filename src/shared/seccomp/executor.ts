/**
 * The system calls of the executor. What one that starts programs may, its programs may, too, as
 * they inherit its filter; one that starts none has a list of its own.
 */
import type { WrittenCode } from '../written-code.js';
import { ANY_PROGRAM, RSYNC } from './any-program.js';
import { CLONE_FS, COPYING } from './copying.js';
import type { CallRule, Condition, Filter } from './filter.js';
import {
  FAMILY,
  KILLED,
  NEVER,
  NO_WRITTEN_CODE,
  noOtherFamilies,
  NOTHING_EXECUTED,
  without,
} from './never.js';
import { NO_OTHER_CAPABILITIES } from './programs.js';
import { LOADING, MEMORY_WITHOUT_CODE, RUNNING } from './running.js';
import { noSpecial } from './special.js';
import type { Mirrored } from './special.js';

const INTERNET: Condition = { argument: 0, oneOf: [FAMILY.inet, FAMILY.inet6] };
/**
 * IPPROTO_*: any, ICMP, TCP, UDP, ICMPv6. Landlock and other restrictions do not cover all of the
 * rest, such as MPTCP.
 */
const PROTOCOLS = [0, 1, 6, 17, 58];
/** SOCK_RAW and SOCK_PACKET; `within` masks out flags in higher bits. */
const RAW: Condition = { argument: 1, oneOf: [3, 10], within: 0xf };

export interface RoleChoice extends Mirrored {
  /** Whether the executor, and all it starts, may execute memory they have written. */
  readonly writtenCode: WrittenCode;
  readonly network: boolean;
  /** Whether they may make Unix sockets, besides pairs of them that are connected already. */
  readonly sockets: boolean;
  /** The ids it runs with; undefined: it has the capabilities to change them. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  /** It has CAP_NET_RAW, with which it may make packets itself. */
  readonly rawSockets: boolean;
}

export interface ExecutorChoice extends RoleChoice {
  /** It copies itself, and its threads have working directories of their own. */
  readonly copies: boolean;
  /** It starts programs, which get less of its capabilities. */
  readonly executes: boolean;
  /** None but rsync(1), from one local directory to another. */
  readonly onlyRsync?: boolean;
}

/**
 * For the executor and every program it starts, if it starts any. What is refused with conditions,
 * or with another errno than that of a call that there is not, comes before what is allowed.
 */
export function executorStart(choice: ExecutorChoice): Filter {
  return choice.executes
    ? {
        rules: [
          ...refusedWithPrograms(choice),
          ...(choice.onlyRsync === true ? RSYNC : ANY_PROGRAM),
        ],
        otherwise: 'ENOSYS',
      }
    : {
        rules: [
          KILLED,
          ...(choice.writtenCode === 'refused' ? NO_WRITTEN_CODE : []),
          ...noSpecial(choice),
          ...LOADING,
          ...RUNNING,
          ...COPYING,
        ],
        otherwise: 'ENOSYS',
      };
}

function refusedWithPrograms({
  writtenCode,
  network,
  sockets,
  ids,
  rawSockets,
  copies,
  executes,
  ...mirrored
}: ExecutorChoice): readonly CallRule[] {
  const streamsAndDatagrams: CallRule[] = [
    { action: 'EPERM', calls: ['socket'], when: [INTERNET, RAW] },
    {
      action: 'EPROTONOSUPPORT',
      calls: ['socket'],
      when: [INTERNET, { argument: 2, noneOf: PROTOCOLS }],
    },
  ];
  return [
    ...(copies ? [OWN_DIRECTORIES, ...without(NEVER, ['unshare'])] : NEVER),
    ...(writtenCode === 'refused' ? NO_WRITTEN_CODE : []),
    noOtherFamilies(network, sockets),
    ...(sockets ? [] : NO_NEW_PEERS),
    ...noSpecial(mirrored),
    ...(sockets || network ? [] : NO_ADDRESSES),
    {
      action: 'EPROTONOSUPPORT',
      calls: ['socket'],
      when: [
        { argument: 0, oneOf: [FAMILY.netlink] },
        { argument: 2, noneOf: [0 /* NETLINK_ROUTE */] },
      ],
    },
    ...(rawSockets ? [] : streamsAndDatagrams),
    ...(ids === undefined ? [] : sameIds(ids)),
    // The launcher lowers the capabilities of what an executor starts that holds more.
    ...(ids === undefined || (copies && executes) ? [] : [NO_OTHER_CAPABILITIES]),
  ];
}

/** unshare(2) for nothing but a thread's own working directory and umask. */
const OWN_DIRECTORIES: CallRule = {
  action: 'EPERM',
  calls: ['unshare'],
  when: [{ argument: 0, noneOf: [CLONE_FS] }],
};

/** Each end of a pair of datagram sockets can be connected, or send, to any socket with a name. */
const NO_NEW_PEERS: readonly CallRule[] = [
  {
    action: 'EPROTONOSUPPORT',
    calls: ['socketpair'],
    when: [{ argument: 1, oneOf: [2 /* SOCK_DGRAM */, 3 /* SOCK_RAW, the same */], within: 0xf }],
  },
];
/** No socket can be had for which these would do anything. */
const NO_ADDRESSES: readonly CallRule[] = [
  { action: 'EPERM', calls: ['bind', 'connect', 'listen'] },
];

/** Ids may only be set to their present values, as careful programs do; -1 leaves one unchanged. */
function sameIds({ uid, gid }: { readonly uid: number; readonly gid: number }): CallRule[] {
  const UNCHANGED = 0xffffffff;
  const setting = (id: number, calls: CallRule['calls'], count: number): CallRule[] =>
    Array.from({ length: count }, (_, argument) => ({
      action: 'EPERM',
      calls,
      when: [{ argument, noneOf: [id, UNCHANGED] }],
    }));
  return [
    ...setting(uid, ['setuid', 'setfsuid'], 1),
    ...setting(uid, ['setreuid'], 2),
    ...setting(uid, ['setresuid'], 3),
    ...setting(gid, ['setgid', 'setfsgid'], 1),
    ...setting(gid, ['setregid'], 2),
    ...setting(gid, ['setresgid'], 3),
    { action: 'EPERM', calls: ['setgroups'] },
  ];
}

/**
 * What an executor that starts no program may once its modules are loaded: nothing is executed any
 * more, and no file becomes code. Threads can be made, and files of every kind.
 */
const SEALED: Filter = {
  rules: [NOTHING_EXECUTED, ...COPYING, MEMORY_WITHOUT_CODE, ...RUNNING],
  otherwise: 'ENOSYS',
};

/** @param executes whether it starts programs: then it loses nothing more */
export function executorSeal(executes: boolean): Filter | undefined {
  return executes ? undefined : SEALED;
}
