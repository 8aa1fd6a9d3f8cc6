/** A running member of the crew, which the monitor has started. */
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { ClsyncError } from '../../shared/errors.js';
import { collected } from '../../shared/launcher.js';
import { decodeFailure } from '../../shared/specification-wire.js';
import type { RoleEnd, RoleProcess } from '../sandbox/launch.js';
import type { Member } from '../sandbox/roles.js';

interface Started {
  /** Of its keeper. */
  readonly pid: number;
  readonly channel: number;
  /** Where the launcher reports a failure. */
  readonly report: number;
}

export class MemberProcess implements RoleProcess {
  readonly pid: number;
  readonly channel: number;
  readonly exited: Promise<RoleEnd>;
  readonly executed: Promise<void>;
  private running = true;
  private settle: (end: RoleEnd) => void = () => undefined;

  constructor(
    { role }: Member,
    { pid, channel, report }: Started,
    private readonly killed: () => void,
  ) {
    [this.pid, this.channel] = [pid, channel];
    const ended = new Promise<RoleEnd>((resolve) => (this.settle = resolve));
    const failure = collected(new Socket({ fd: report, readable: true, writable: false })).then(
      decodeFailure,
    );
    this.executed = failure.then(() => undefined);
    this.exited = Promise.all([ended, failure]).then(([end, found]) =>
      found === undefined
        ? end
        : { ...end, error: new ClsyncError('SANDBOX', role, `${found.step}: ${found.words}`) },
    );
  }

  kill(): void {
    if (this.running) this.killed();
  }

  /** It has ended. @param status as wait(2) has it; undefined: with the monitor */
  end(status: number | undefined): void {
    this.running = false;
    this.settle(endOf(status));
  }
}

function endOf(status: number | undefined): RoleEnd {
  if (status === undefined) return { code: null, signal: 'SIGKILL' };
  const signal = status & 0x7f;
  if (signal === 0) return { code: (status >> 8) & 0xff, signal: null };
  const found = Object.entries(constants.signals).find(([, number]) => number === signal);
  return { code: null, signal: (found?.[0] ?? 'SIGKILL') as NodeJS.Signals };
}
