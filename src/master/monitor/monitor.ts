/**
 * The master's side of the monitor, the small program that keeps the rights to start the roles
 * (src/native/monitor/).
 */
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { BytePath } from '../../shared/bytes.js';
import { errnoError } from '../../shared/system-errors.js';
import { ClsyncError } from '../../shared/errors.js';
import { FILES } from '../../shared/layout.js';
import { startLauncher } from '../../shared/launcher.js';
import type { Launcher } from '../../shared/launcher.js';
import { nothingToRead, socketpair } from '../../shared/native.js';
import type { Specification } from '../../shared/specification.js';
import { ask, parseFacts } from '../native.js';
import type { DirectoryFacts } from '../native.js';
import { membersOf } from '../sandbox/decision.js';
import type { Sandbox } from '../sandbox/decision.js';
import { letGo } from '../sandbox/held.js';
import type { Holding } from '../sandbox/held.js';
import type { RoleProcess } from '../sandbox/launch.js';
import type { Member } from '../sandbox/roles.js';
import { freeze } from './freeze.js';
import type { Services } from './freeze.js';
import {
  ANSWER_LENGTH,
  decodeAnswer,
  decodeNews,
  encodeFrozen,
  encodeRequest,
  encodeWrite,
  NEWS_LENGTH,
  partNumber,
  putNumber,
  startNumber,
  WRITE_MAX,
} from './frozen-wire.js';
import type { Refused, Word } from './frozen-wire.js';
import { MemberProcess } from './member-process.js';
import { checked, pidsIn } from './served.js';
import type { Served } from './served.js';
import { givenFor, numbersIn, OUTPUTS, specifyMonitor } from './specify.js';

/** Milliseconds for an answer: a control group that is hard to end takes a second. */
const PATIENCE = 15_000;

/** Where the monitor says something is wrong. */
const WHERE = {
  place: 'a directory of the roles',
  group: 'the control group',
  start: 'the processes',
  file: 'a file',
  wait: 'a file system',
} as const;

export class Monitor {
  /** Resolves when it runs. Rejects with ClsyncError when it cannot. */
  readonly up: Promise<void>;
  private readonly news: Socket;
  private unread = Buffer.alloc(0);
  private readonly processes = new Map<number, MemberProcess>();
  private readonly looks = new Map<BytePath, number>();
  private frozen = false;
  /** Is told of each request, in words. */
  told: (request: string) => void = () => undefined;
  /** Is told of system calls that the clerk was refused. */
  refused: (refused: Refused) => void = () => undefined;
  private ended = false;

  private constructor(
    private readonly sandbox: Sandbox,
    private readonly launcher: Launcher,
    specification: Specification,
    private readonly requests: number,
    news: number,
  ) {
    this.news = new Socket({ fd: news, readable: true, writable: false })
      .on('error', () => undefined)
      .on('data', (chunk: Buffer) => this.hear(chunk))
      .on('close', () => this.over());
    this.up = launcher.launch(specification).then((failure) => {
      if (failure !== undefined)
        throw new ClsyncError('SANDBOX', 'monitor', `${failure.step}: ${failure.words}`);
    });
    this.up.catch(() => undefined); // whoever waits for it gets the error
  }

  /**
   * Starts it, with the rights that it needs and this process has. Throws ClsyncError when the
   * launcher cannot be run.
   */
  static launch(sandbox: Sandbox): Monitor {
    const [requests, theirRequests] = socketpair();
    const [news, theirNews] = socketpair();
    const given = givenFor(sandbox);
    const wire = OUTPUTS + given.length;
    const nothing = nothingToRead();
    const launcher = startLauncher(FILES.launcher, wire, [
      nothing,
      nothing,
      nothing,
      theirRequests,
      theirNews,
      ...given,
      'pipe',
    ]);
    for (const descriptor of [nothing, theirRequests, theirNews]) closeSync(descriptor);
    if (launcher.child.pid === undefined) {
      for (const descriptor of [requests, news]) closeSync(descriptor);
      throw new ClsyncError('SANDBOX', 'monitor', `${FILES.launcher} cannot be run`);
    }
    return new Monitor(sandbox, launcher, specifyMonitor(sandbox, wire), requests, news);
  }

  get pid(): number {
    return this.launcher.child.pid ?? 0;
  }

  /** Nothing can be started any more. */
  get isOver(): boolean {
    return this.ended;
  }

  /** Tells it once what the members are. Throws Obstacle where one of the directories is gone. */
  freeze(hold: () => Holding, services: Services): void {
    const opened = hold();
    try {
      this.send(
        encodeFrozen(freeze(this.sandbox, opened, services, this.pid, numbersIn(this.sandbox))),
      );
      for (const [index, path] of [...services.looks.keys()].entries()) this.looks.set(path, index);
      this.frozen = true;
    } finally {
      letGo(opened.all);
    }
  }

  /** Starts members. Throws ClsyncError. */
  start(members: readonly Member[]): ReadonlyMap<Member, RoleProcess> {
    const crew = membersOf(this.sandbox);
    const wanted = crew.flatMap((member, index) => (members.includes(member) ? [index] : []));
    const { answer, descriptors } = this.ask('start', startNumber(wanted));
    if (answer.fault !== undefined)
      throw new ClsyncError(
        'SANDBOX',
        'roles',
        `${WHERE[answer.fault]}: ${getSystemErrorName(-answer.error)}`,
      );
    return new Map(
      wanted.map((number, index) => {
        const member = crew[number] as Member;
        const process = new MemberProcess(
          member,
          {
            pid: answer.pids[number] ?? 0,
            channel: descriptors[2 * index] as number,
            report: descriptors[2 * index + 1] as number,
          },
          () => this.kill(number),
        );
        this.processes.set(number, process);
        return [member, process];
      }),
    );
  }

  /** Whoever owns the places now may go on owning them. */
  accept(): void {
    if (this.frozen) this.ask('accept');
  }

  /** Looks at one of the paths that it was told. Throws an errno error, or NoAnswer. */
  look(path: BytePath): DirectoryFacts {
    const number = this.looks.get(path);
    if (number === undefined) throw errnoError('EACCES');
    return parseFacts(checked(this.ask('look', number)).answer.text);
  }

  /** Whether it was told the path, so that it may look at it. */
  knows(path: BytePath): boolean {
    return this.looks.has(path);
  }

  /** Kills the processes that look at a file system which does not answer. Returns some of them. */
  leaveLooks(): readonly number[] {
    if (!this.frozen || this.ended) return [];
    return pidsIn(this.ask('leave'));
  }

  /** Opens or makes a file by its number in the table. Throws an errno error. */
  open(file: number): number | undefined {
    return checked(this.ask('open', file)).descriptors[0];
  }

  /** Opens a file of a dump that was made. Throws an errno error. */
  part(file: number, name: string): number {
    return checked(this.ask('part', partNumber(file, name))).descriptors[0] as number;
  }

  /** Writes a text, by its number, into a file. Throws an errno error. */
  put(file: number, text: number, ifMissing: boolean): void {
    checked(this.ask('put', putNumber(file, text, ifMissing)));
  }

  /** Makes a text the content of a file. Throws an errno error. */
  write(file: number, text: string, ifMissing: boolean): void {
    const content = Buffer.from(text);
    if (content.length > WRITE_MAX) throw errnoError('EFBIG');
    this.told(`monitor: write ${file}`);
    checked(this.exchange(encodeWrite(file, content, ifMissing)));
  }

  private kill(member: number): void {
    try {
      this.ask('kill', member);
    } catch {
      // the monitor has ended, and so do its members
    }
  }

  /** Kills what is left in the control group of the executor. @param patience milliseconds */
  endGroup(patience: number): void {
    if (this.frozen && !this.ended) this.ask('group', patience);
  }

  /**
   * Ends everything and itself; what it was to remove is gone then. Returns who waits for a file
   * system. @param patience milliseconds for what was killed
   */
  end(patience: number): readonly number[] {
    if (this.ended) return [];
    try {
      return this.frozen ? pidsIn(this.ask('end', patience)) : [];
    } catch {
      return []; // it has ended by itself
    } finally {
      this.ended = true;
      closeSync(this.requests);
      this.news.destroy();
    }
  }

  private hear(chunk: Buffer): void {
    this.unread = Buffer.concat([this.unread, chunk]);
    for (; this.unread.length >= NEWS_LENGTH; this.unread = this.unread.subarray(NEWS_LENGTH)) {
      const { member, status } = decodeNews(this.unread);
      this.processes.get(member)?.end(status);
    }
  }

  /** Its members end with it. */
  private over(): void {
    this.ended = true;
    for (const process of this.processes.values()) process.end(undefined);
  }

  private send(bytes: Buffer): void {
    this.tried(() => ask(this.requests, bytes, 0, PATIENCE));
  }

  private ask(word: Word, number?: number): Served {
    this.told(`monitor: ${word}${number === undefined ? '' : ` ${number}`}`);
    return this.exchange(encodeRequest(word, number));
  }

  private exchange(request: Buffer): Served {
    const [bytes, descriptors] = this.tried(() =>
      ask(this.requests, request, ANSWER_LENGTH, PATIENCE),
    );
    const answer = decodeAnswer(bytes);
    if (answer.refused.count > 0) this.refused(answer.refused);
    return { answer, descriptors };
  }

  private tried<T>(action: () => T): T {
    try {
      if (!this.ended) return action();
    } catch {
      this.ended = true;
    }
    throw new ClsyncError('MONITOR_DIED');
  }
}
