/** The monitor (src/native/monitor/) without a daemon: what a master could say to it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { fromText } from '../../src/shared/bytes.js';
import { FILES } from '../../src/shared/layout.js';
import { CLERK_CALLS } from '../../src/shared/seccomp/clerk.js';
import { compileFilter } from '../../src/shared/seccomp/filter.js';
import { maskOf } from '../../src/master/sandbox/capabilities.js';
import { CLERK_CAPABILITIES } from '../../src/master/sandbox/roles.js';
import {
  ANSWER_LENGTH,
  decodeAnswer,
  encodeFrozen,
  encodeRequest,
} from '../../src/master/monitor/frozen-wire.js';
import type { Answer, Frozen, Word } from '../../src/master/monitor/frozen-wire.js';
import type { Scope } from './temporary.js';
import { atEnd } from './temporary.js';

/** errno: the members run; a busy machine has not answered in time. */
const PASSING = { start: 16, place: 110 } as const;

export const NOTHING: Frozen = {
  launcher: fromText('/bin/false'),
  places: [],
  owners: [0],
  cgroup: undefined,
  files: [],
  looks: [],
  members: [],
  pairs: [],
  clerk: {
    capabilities: maskOf(CLERK_CAPABILITIES),
    filter: compileFilter(CLERK_CALLS, { otherwise: 'ENOSYS', counted: true }),
  },
};

export class BareMonitor {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  private readonly requests: Socket;
  private received = Buffer.alloc(0);
  private awake: () => void = () => undefined;

  /** @param frozen what it is told first, as a master tells it */
  constructor(scope: Scope, frozen: Frozen | Buffer) {
    this.child = spawn(FILES.monitor, [], {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    atEnd(scope, () => void this.child.kill('SIGKILL'));
    this.exited = new Promise((resolve) => this.child.once('exit', resolve));
    this.requests = this.child.stdio[3] as Socket;
    this.requests.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.awake();
    });
    this.requests.on('error', () => undefined);
    void this.exited.then(() => this.awake());
    this.requests.write(Buffer.isBuffer(frozen) ? frozen : encodeFrozen(frozen));
  }

  ask(word: Word, number?: number): Promise<Answer | undefined> {
    return this.say(encodeRequest(word, number));
  }

  /** Starts the members, once that can be, as a master does. */
  async start(): Promise<Answer | undefined> {
    for (;;) {
      const answer = await this.ask('start');
      const { fault } = answer ?? {};
      const passes = fault === 'start' || fault === 'place' ? PASSING[fault] : undefined;
      if (answer === undefined || answer.error !== passes) return answer;
    }
  }

  /** @param bytes eight. Returns undefined when it has ended in place of an answer */
  async say(bytes: Buffer): Promise<Answer | undefined> {
    this.requests.write(bytes);
    while (this.received.length < ANSWER_LENGTH) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) return undefined;
      await new Promise<void>((resolve) => (this.awake = resolve));
    }
    const answer = decodeAnswer(this.received);
    this.received = this.received.subarray(ANSWER_LENGTH);
    return answer;
  }

  leave(): void {
    this.requests.destroy();
  }
}
