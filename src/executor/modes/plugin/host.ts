/**
 * A handler that is loaded, not executed: a plug-in host process loads it and makes the calls. The
 * process is used for all calls, until one fails.
 */
import { ClsyncError } from '../../../shared/errors.js';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { display, fromText } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { FrameReader, ProtocolError } from '../../../shared/frames.js';
import { FILES } from '../../../shared/layout.js';
import { LEVELS } from '../../../shared/report.js';
import { flagsOf } from '../../../shared/plugin-flags.js';
import {
  ANSWER,
  HOST_CHANNEL,
  LONGEST,
  deinitCall,
  initCall,
} from '../../../shared/plugin-protocol.js';
import type { HostContext } from '../../../shared/plugin-protocol.js';
import { nodeOptions } from '../../../shared/written-code.js';
import { words } from '../../run/runner.js';
import type { Ending } from '../../run/ending.js';
import type { RunningProgram } from '../../run/running-program.js';
import { UNKNOWN_CODES } from '../../schedule/verdict.js';
import { ENDED, failureBy, failureOf } from '../failure.js';
import { environmentOf } from '../mode.js';
import type { Failure } from '../failure.js';
import type { Services, Situation } from '../mode.js';

/** Bytes of an answer without text: its kind and a number. */
const ANSWER_MIN = 8;
/**
 * Milliseconds in which the call in progress and then the handler's clean-up must end: normally,
 * and when the daemon must end at once.
 */
const GOODBYE = { soon: 1000, now: 350 } as const;

/** The outcome of one call: the number the handler returned, or the end of its process. */
type Outcome = { readonly returned: number } | { readonly ended: Ending };

export class PluginHost {
  private process: RunningProgram | undefined;
  private ending: Promise<Ending> | undefined;
  private answered: ((result: number) => void) | undefined;
  /** The last call. */
  private asking: Promise<unknown> = Promise.resolve();
  private closing: Promise<void> | undefined;

  constructor(
    private readonly services: Services,
    private readonly handler: BytePath,
    private readonly usesLists: boolean,
  ) {}

  /** Makes one call, after loading the handler if it is not loaded. */
  async call(request: Buffer, situation: Situation): Promise<Failure | undefined> {
    if (this.closing !== undefined) return ENDED;
    const ended = this.services.runner.lasting.begin(this.handler);
    try {
      return (
        (await this.load(situation)) ??
        this.judge(await this.ask(request, this.services.settings().timeoutSync))
      );
    } finally {
      ended();
    }
  }

  async load(situation: Situation): Promise<Failure | undefined> {
    if (this.process !== undefined) return undefined;
    this.start(situation);
    const failure = this.judge(
      await this.ask(initCall(this.context()), this.services.settings().timeoutSync),
    );
    if (failure !== undefined) await this.stop();
    return failure;
  }

  close(): Promise<void> {
    return (this.closing ??= this.leave(GOODBYE.soon));
  }

  /**
   * Like `close`, within less time: ends the processes that a call in progress has started, so that
   * the call returns.
   */
  closeNow(): Promise<void> {
    this.process?.endOthers();
    return (this.closing ??= this.leave(GOODBYE.now));
  }

  private async leave(milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds;
    const isIdle = await Promise.race([
      this.asking.then(() => true),
      delay(milliseconds, false, { ref: false }),
    ]);
    if (this.process !== undefined && isIdle)
      await this.ask(deinitCall(), Math.max(1, deadline - performance.now()));
    await this.stop();
  }

  /** How the host is started. */
  get command(): readonly BytePath[] {
    const { writtenCode } = this.services.handlers;
    if (/\.m?js$/.test(this.handler))
      return [
        ...words(process.execPath, ...nodeOptions(writtenCode), FILES.moduleHost),
        this.handler,
      ];
    return [fromText(FILES.objectHost), this.handler, fromText(String(HOST_CHANNEL))];
  }

  private start(situation: Situation): void {
    const settings = this.services.settings();
    this.process = this.services.runner.start({
      words: this.command,
      directory: settings.watchDirectory,
      environment: environmentOf(settings, situation),
      timeout: 0,
      channel: true,
    });
    this.ending = this.process.ending;
    void this.ending.then(() => (this.process = undefined));
    this.listen(this.process);
  }

  private listen(process: RunningProgram): void {
    const channel = process.channel as Socket;
    const reader = new FrameReader(LONGEST.answer);
    channel.on('error', () => undefined);
    channel.on('data', (chunk: Buffer) => {
      try {
        for (const message of reader.read(chunk)) this.receive(message);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        // The handler shares a process with the host, so it can write anything to the channel.
        this.services.report(
          'error',
          new ClsyncError('PLUGIN_WORDS', display(this.handler), error.message).message,
        );
        channel.destroy();
        void process.end();
      }
    });
  }

  /** Throws ProtocolError when the message is too short. */
  private receive(message: Buffer): void {
    if (message.length < ANSWER_MIN)
      throw new ProtocolError(`a message of ${message.length} bytes`);
    const number = message.readInt32LE(4);
    if (message.readUInt32LE(0) === ANSWER.result) this.answered?.(number);
    else
      this.services.report(LEVELS[number] ?? 'info', `handler: ${message.subarray(8).toString()}`);
  }

  private ask(request: Buffer, timeout: number): Promise<Outcome> {
    const outcome = this.outcomeOf(request, timeout);
    this.asking = outcome;
    return outcome;
  }

  private async outcomeOf(request: Buffer, timeout: number): Promise<Outcome> {
    const { process } = this;
    if (process === undefined) return { ended: await (this.ending as Promise<Ending>) };
    let timedOut = false;
    const timer =
      timeout > 0 ? setTimeout(() => ((timedOut = true), void process.end()), timeout) : undefined;
    const returned = new Promise<Outcome>(
      (resolve) => (this.answered = (result) => resolve({ returned: result })),
    );
    const ended = (this.ending as Promise<Ending>).then((ending): Outcome => ({
      ended: timedOut ? { kind: 'timedOut' } : ending,
    }));
    (process.channel as Socket).write(request);
    const outcome = await Promise.race([returned, ended]);
    clearTimeout(timer);
    return outcome;
  }

  private judge(outcome: Outcome): Failure | undefined {
    if ('ended' in outcome)
      return failureBy({ ending: { kind: 'left', by: outcome.ended }, codes: UNKNOWN_CODES });
    const { returned } = outcome;
    const code = returned === 0 ? 0 : returned & 0xff || 1;
    const failure = failureOf(
      { ending: { kind: 'exited', code }, codes: UNKNOWN_CODES },
      this.services.settings(),
    );
    return failure && { ...failure, reason: `${display(this.handler)} returned ${returned}` };
  }

  private async stop(): Promise<void> {
    await this.process?.end();
    this.process = undefined;
  }

  private context(): HostContext {
    const settings = this.services.settings();
    const { label, watchDirectory, destination } = settings;
    return {
      usesLists: this.usesLists,
      flags: flagsOf(settings),
      label,
      watchDirectory,
      destination,
    };
  }
}
