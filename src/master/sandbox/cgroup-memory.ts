/** How much memory the roles may have, and what the kernel ended because they wanted more. */
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { Level } from '../../shared/report.js';
import { levelOf } from '../ledger.js';
import type { Tell } from '../ledger.js';
import type { News } from '../news.js';
import type { SandboxedRole } from './roles.js';
import type { SandboxSettings } from './settings.js';

/** The memory of a role, and of what it starts. */
export interface LimitedMemory {
  readonly role: SandboxedRole;
  /** Bytes. */
  readonly limit: number;
  /** A file with a line `oom_kill COUNT`: how many processes the limit has ended. */
  readonly events: string;
}

export type MemoryLimits = Partial<Readonly<Record<SandboxedRole, number>>>;

const LIMITED = ['watcher', 'executor'] as const satisfies readonly SandboxedRole[];
/** What `auto` limits memory to: a share of what the machine has, and the least in bytes. */
const AUTO = {
  watcher: { share: 1 / 4, least: 512 << 20 },
  executor: { share: 3 / 4, least: 1 << 30 },
} as const satisfies Record<SandboxedRole, unknown>;
const NAMES = {
  watcher: { what: 'the watcher was ended', option: '--watcher-memory' },
  executor: { what: 'a handler, or the executor, was ended', option: '--handler-memory' },
} as const satisfies Record<SandboxedRole, unknown>;

/** Levels of records that tell of a failure. */
const COMPLAINTS: ReadonlySet<Level> = new Set(['error', 'warning']);

/** In bytes. @param isFree whether a limit takes no rights, so that `auto` is one */
export function memoryLimits(
  { limits, watcherMemory, autoMemory }: SandboxSettings,
  isFree: boolean,
): MemoryLimits {
  const asked = { watcher: watcherMemory, executor: limits.memory };
  return Object.fromEntries(
    LIMITED.flatMap((role) => {
      const { share, least } = AUTO[role];
      const ours = Math.max(least, Math.floor(totalmem() * share));
      const limit = asked[role] ?? (isFree && autoMemory[role] ? ours : undefined);
      return limit === undefined ? [] : [[role, limit]];
    }),
  );
}

/** @param eventsOf the file that counts */
export function limitedMemory(
  limits: MemoryLimits,
  eventsOf: (role: SandboxedRole) => string,
): LimitedMemory[] {
  return LIMITED.flatMap((role) => {
    const limit = limits[role];
    return limit === undefined ? [] : [{ role, limit, events: eventsOf(role) }];
  });
}

/**
 * A listener that says which limit has ended something: when a role has ended, and when the
 * executor complains, as it does of a handler that was killed.
 */
export function memoryNews(limited: readonly LimitedMemory[], tell: Tell): (news: News) => void {
  const kills = new MemoryKills(limited);
  return (news) => {
    for (const text of kills.since(concerned(news))) tell({ kind: 'record', level: 'error', text });
  };
}

/** The role that may have lost a process; undefined: none. */
function concerned(news: News): SandboxedRole | undefined {
  if (news.kind === 'roleEnded') return news.member.role;
  if (news.kind !== 'message' || news.message.name !== 'executorRecord') return undefined;
  return COMPLAINTS.has(levelOf(news.message.level)) ? 'executor' : undefined;
}

/** Tells what the limits have ended since it was asked last. */
class MemoryKills {
  private readonly counts = new Map<LimitedMemory, number>();

  constructor(private readonly limited: readonly LimitedMemory[]) {
    for (const one of limited) this.counts.set(one, killsOf(one));
  }

  /** A sentence where the limit of the role has ended something. */
  since(role: SandboxedRole | undefined): string[] {
    return this.limited
      .filter((one) => one.role === role && this.isNew(one))
      .map(({ role: whose, limit }) => {
        const { what, option } = NAMES[whose];
        return `${what} for memory: the limit is ${inUnits(limit)} (${option})`;
      });
  }

  private isNew(one: LimitedMemory): boolean {
    const before = this.counts.get(one) ?? 0;
    const count = killsOf(one);
    this.counts.set(one, count);
    return count > before; // less: the group was made anew
  }
}

/** 0 where the group is gone. */
function killsOf({ events }: LimitedMemory): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(events, 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function inUnits(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
