/**
 * What one role may tell the master. A role that an attacker has taken over could otherwise fill
 * the disk of the log, or keep the master busy with messages that each are allowed. The limits are
 * far above what a role has reason to send, and hold for all processes of the role that follow
 * another.
 */
import type { Message, MessageName } from '../shared/messages.js';
import type { Report } from '../shared/report.js';
import { Allowance, Losses, RATE, SLOWER } from './rate.js';
import type { Rate } from './rate.js';
import type { Member } from './sandbox/roles.js';

/** Messages; more have to wait. */
const MESSAGES: Rate = { burst: 100_000, second: 1_000 };
/**
 * Messages that cost more than a change of the state: a status is written to a file, and counters,
 * which come once a second, go to all who show them.
 */
const COSTS: Readonly<Partial<Record<MessageName, number>>> = { status: 20, counters: 20 };
/** Bytes of the log, in the long run: a role that floods on is all but mute. */
const LASTING: Rate = { burst: 256 << 20, second: 16 << 10 };
/** Bytes of a line of the log besides its text. */
const LINE = 64;

/** `lost`: it is not to be told; `wait`: milliseconds in which nothing more is to be read. */
export interface Ruling {
  readonly lost: boolean;
  readonly wait: number;
}

export class Quota {
  private readonly messages: Allowance;
  private readonly lines: Allowance;
  private readonly bytes: Allowance;
  private readonly lasting: Allowance;
  private readonly losses: Losses;
  private saidSlow = false;

  /** @param name of the role, for `report` @param now in milliseconds */
  constructor(
    private readonly name: string,
    private readonly report: Report,
    now?: () => number,
  ) {
    this.messages = new Allowance(MESSAGES, now);
    this.lines = new Allowance(RATE.lines, now);
    this.bytes = new Allowance(RATE.bytes, now);
    this.lasting = new Allowance(LASTING, now);
    this.losses = new Losses((lost) =>
      report('warning', `${lost} messages of the ${name} were lost: they came too fast`),
    );
  }

  /** Counts a message. */
  heard(message: Message): Ruling {
    if (message.name === 'watcherRecord' || message.name === 'executorRecord')
      return this.record(message.text);
    this.messages.take(COSTS[message.name] ?? 1);
    const { wait } = this.messages;
    if (wait > 0 && !this.saidSlow) {
      this.saidSlow = true;
      this.report('warning', `the ${this.name} sends more than it has reason to: it has to wait`);
    }
    return { lost: false, wait };
  }

  /** Says what was lost and has not been said yet. */
  close(): void {
    this.losses.tellNow();
  }

  private record(text: string): Ruling {
    const bytes = LINE + text.length;
    if (this.lines.left < 1 || this.bytes.left < bytes || this.lasting.left < bytes) {
      this.losses.add();
      return { lost: true, wait: SLOWER };
    }
    this.lines.take(1);
    this.bytes.take(bytes);
    this.lasting.take(bytes);
    return { lost: false, wait: 0 };
  }
}

/** One for each member. */
export function quotasOf(members: readonly Member[], report: Report): ReadonlyMap<Member, Quota> {
  return new Map(members.map((member) => [member, new Quota(member.name, report)]));
}
