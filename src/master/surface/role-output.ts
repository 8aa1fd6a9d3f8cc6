/**
 * What roles, handlers and hooks print. They have pipes: no rule of a sandbox governs a descriptor
 * that is open already, so that the file of the log or the terminal would be theirs to empty, to
 * make set-user-id or to steer.
 */
import type { Sandbox, SandboxPlan } from '../sandbox/decision.js';
import type { SandboxedRole } from '../sandbox/roles.js';
import { SLOWER } from '../rate.js';
import type { Log } from './log.js';
import type { Output } from './log-outputs.js';
import { PrintedLines } from './printed-lines.js';
import { PrintedPipe } from './printed-pipe.js';

const STREAMS = ['stdout', 'stderr'] as const;
type Stream = (typeof STREAMS)[number];
/** Who prints to the pipes of a role. */
const PRINTERS = { watcher: 'watcher', executor: 'handler' } as const;

export interface OutputSettings {
  /**
   * All goes where messages go: in the background nobody else may be kept waiting, and a log that
   * is no standard stream has it, too.
   */
  readonly gathered: boolean;
  /** What handlers print comes as it is, byte for byte (`--compat`). */
  readonly unchanged: boolean;
}

interface Printed {
  readonly pipe: PrintedPipe;
  readonly lines: PrintedLines;
}

export class RoleOutput {
  private readonly pipes: Readonly<Record<SandboxedRole, readonly [Printed, Printed]>>;

  constructor(
    private readonly log: Log,
    private readonly settings: OutputSettings,
  ) {
    const pair = (role: SandboxedRole): readonly [Printed, Printed] => [
      this.pipeOf(role, 'stdout'),
      this.pipeOf(role, 'stderr'),
    ];
    this.pipes = { watcher: pair('watcher'), executor: pair('executor') };
  }

  /**
   * The plan with the descriptors that become 1 and 2 of each role. They belong to the ids of the
   * role, so that its programs can open them by name (/dev/stderr), too.
   */
  givenTo(plan: SandboxPlan, states: readonly (readonly number[])[]): Sandbox {
    const given = (role: SandboxedRole): readonly number[] =>
      this.pipes[role].map(({ pipe }) => {
        pipe.give(plan[role].identity);
        return pipe.descriptor;
      });
    const outputs = { watcher: given('watcher'), executor: given('executor') };
    const others = plan.others.map((one, index) => ({ ...one, state: states[index + 1] ?? [] }));
    return { ...plan, outputs, state: states[0] ?? [], others };
  }

  /**
   * What was printed up to now comes before what is said next.
   * @param isOver a sync is: what it printed last is no part of a later line
   */
  takeNow(isOver: boolean): void {
    for (const [index, { pipe, lines }] of this.pipes.executor.entries()) {
      if (!this.log.hasRoom(this.goalOf(STREAMS[index] ?? 'stderr'))) continue;
      const isEmpty = pipe.takeNow();
      if (isOver && isEmpty) lines.end();
    }
  }

  /** When no role is left. */
  close(): void {
    for (const { pipe, lines } of Object.values(this.pipes).flat()) {
      pipe.close();
      lines.close();
    }
  }

  private goalOf(stream: Stream): Output {
    return this.settings.gathered ? this.log.output : stream;
  }

  private pipeOf(role: SandboxedRole, stream: Stream): Printed {
    const { log, settings } = this;
    const unchanged = settings.unchanged && role === 'executor';
    const to = (): Output => this.goalOf(stream);
    const tag = `${PRINTERS[role]}: `;
    const lines = new PrintedLines({
      line: (text) =>
        log.printed(to(), stream === 'stdout' && !settings.gathered ? text : tag + text),
      lost: (count) =>
        log.write(
          'warning',
          `${count} lines that the ${PRINTERS[role]} printed were lost: they came too fast`,
        ),
    });
    const pipe = new PrintedPipe((chunk, again) => {
      const output = to();
      let slower = false;
      if (unchanged && output !== 'syslog') log.printedBytes(output, Buffer.from(chunk));
      else slower = !lines.push(chunk);
      if (slower) setTimeout(again, SLOWER);
      else if (log.waits(output)) log.whenTaken(output, again);
      else return 'more';
      return 'later';
    });
    return { pipe, lines };
  }
}
