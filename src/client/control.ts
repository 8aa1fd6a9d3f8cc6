/** A client of the control socket of a running clsync. */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { fromText, ROOT, toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import {
  decodeLine,
  encodeLine,
  LineReader,
  partIn,
  rulesLines,
  REPLY,
  REQUEST,
  stringArgument,
} from '../shared/control.js';
import type { ControlMessage } from '../shared/control.js';
import type { InstanceEvent, InstanceStatus } from '../shared/control-status.js';
import type { Comparison, DifferentPath, Info, PendingPath, Version } from './answers.js';
import { DumpFiles } from './dump.js';
import { bound, parsed, said } from './heard.js';

export type { Comparison, DifferentPath, Info, PendingPath, Version } from './answers.js';

/** The daemon refused a command, or could not carry it out. */
export class ControlError extends Error {
  override readonly name = 'ControlError';

  constructor(
    /** Number of the reply, see `REPLY` of the protocol. */
    readonly reply: number,
    text: string,
  ) {
    super(text);
  }
}

interface Waiting {
  /** Is given each part or row before the reply. */
  readonly part: (message: ControlMessage) => void;
  resolve(reply: ControlMessage): void;
  reject(error: unknown): void;
}

export class ControlClient {
  private readonly lines = new LineReader();
  private readonly waiting = new Map<number, Waiting>();
  private number = 0;
  private reason = 'the daemon closed the connection';

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.fail(new Error(this.reason)));
  }

  /** Rejects with the error of connect(2). */
  static async connect(path: string): Promise<ControlClient> {
    const socket = createConnection(path);
    await once(socket, 'connect');
    return new ControlClient(socket);
  }

  async version(): Promise<Version> {
    const { arguments: words } = await this.ask(REQUEST.version, [], REPLY.version);
    return { major: Number(words[0]), minor: Number(words[1]), suffix: said(words[2] ?? ROOT) };
  }

  async info(): Promise<Info> {
    const { arguments: words, text } = await this.ask(REQUEST.info, [], REPLY.info);
    const [block = '', label = ''] = words.map(said);
    return { block, label, text: said(text) };
  }

  /**
   * Writes the daemon's inner state to a directory that does not exist yet, which is made with the
   * rights of this process.
   */
  async dump(directory: string): Promise<void> {
    const files = new DumpFiles(directory);
    try {
      await this.ask(REQUEST.describe, [], REPLY.dump, (part) => {
        const { name, bytes } = partIn(part);
        files.write(name, bytes);
      });
    } catch (error) {
      files.remove();
      throw error;
    }
  }

  /** Changes an option, by its long name, in the running daemon. */
  async set(option: string, value: string): Promise<void> {
    await this.ask(REQUEST.set, [option, value], REPLY.set);
  }

  /**
   * Has the configuration and the rules read again. Resolves with what could not be changed, a
   * sentence each. Rejects with ControlError for a wrong file; then nothing has changed.
   */
  async reload(): Promise<readonly string[]> {
    return this.rows(REQUEST.reload, [], REPLY.reload);
  }

  /**
   * What the daemon does; without what names paths where the socket's user may not hear of them.
   */
  async status(): Promise<InstanceStatus> {
    const [row = ''] = await this.rows(REQUEST.status, [], REPLY.status);
    return parsed(row) as InstanceStatus;
  }

  /** What is pending at or beneath a path relative to the watch directory; at most 1000 paths. */
  async queue(path = ''): Promise<readonly PendingPath[]> {
    const rows = await this.rows(REQUEST.queue, path === '' ? [] : [path], REPLY.queue);
    return rows.map((row) => parsed(row) as PendingPath);
  }

  /** The last finished syncs and failures; with `follow` also later ones, until `close`. */
  async events(follow: boolean, heard: (event: InstanceEvent) => void): Promise<void> {
    const reader = rowReader((row) => heard(parsed(row) as InstanceEvent));
    await this.ask(REQUEST.events, [follow ? '1' : '0'], REPLY.events, reader);
  }

  /** No sync begins until `resume`; what runs ends, and watching goes on. */
  async pause(): Promise<void> {
    await this.ask(REQUEST.pause, [], REPLY.pause);
  }

  async resume(): Promise<void> {
    await this.ask(REQUEST.resume, [], REPLY.resume);
  }

  /**
   * Resolves when everything that changed before the call is at every destination, with `left` 0;
   * or says how many paths are not, which and why. @param limit milliseconds that it may take
   */
  async flush(limit = 60_000): Promise<{ readonly left: number; readonly text: string }> {
    const reply = await this.ask(REQUEST.flush, [String(Math.round(limit))], REPLY.flush);
    return { left: Number(reply.arguments[0]), text: said(reply.text) };
  }

  /**
   * Compares source and destination (mode mirror). Resolves with what differs and is not about to
   * be synced, and how many paths could not be looked at and which. @param checksum contents too
   */
  async verify(checksum = false): Promise<Comparison> {
    const differences: DifferentPath[] = [];
    const reply = await this.ask(
      REQUEST.verify,
      [checksum ? '1' : '0'],
      REPLY.verify,
      rowReader((row) => differences.push(parsed(row) as DifferentPath)),
    );
    return { differences, failures: Number(reply.arguments[1]), text: said(reply.text) };
  }

  /** Until the daemon ends, or an option of the log changes. */
  async logLevel(level: string): Promise<void> {
    await this.ask(REQUEST.logLevel, [level], REPLY.logLevel);
  }

  /**
   * Makes the content of a rules file the daemon's rules, which may not be able to read it.
   * @param path what the option rules-file is to say
   */
  async setRules(path: string, content: Buffer): Promise<void> {
    const number = ++this.number;
    for (const line of rulesLines(number, fromText(path), content))
      expect(await this.exchange(number, line), REPLY.set);
  }

  /**
   * Makes the daemon sync everything again. If it waits because another directory stands at the
   * path of the watch directory, it takes that one. With a path relative to the watch directory:
   * only what is there and beneath.
   */
  async resync(path = ''): Promise<void> {
    await this.ask(REQUEST.resync, path === '' ? [] : [path], REPLY.resync);
  }

  /**
   * Lets go what the daemon holds: deletions, or another directory at a path of its own. Resolves
   * with whether it held something.
   */
  async approve(): Promise<boolean> {
    const { arguments: words } = await this.ask(REQUEST.approve, [], REPLY.approve);
    return words[0] !== '0';
  }

  /** Ends the daemon now. */
  async die(): Promise<void> {
    await this.ask(REQUEST.die, [], REPLY.die);
  }

  /** Ends the connection. */
  async quit(): Promise<void> {
    await this.ask(REQUEST.quit, [], REPLY.bye);
  }

  /** @param reason with which what waits for an answer is rejected */
  close(reason = this.reason): void {
    this.reason = reason;
    this.socket.destroy();
  }

  private async rows(
    command: number,
    words: readonly string[],
    expected: number,
  ): Promise<readonly string[]> {
    const rows: string[] = [];
    let length = 0;
    const keep = (row: string): void => {
      rows.push(row);
      bound((length += row.length));
    };
    await this.ask(command, words, expected, rowReader(keep));
    return rows;
  }

  private async ask(
    command: number,
    words: readonly string[],
    expected: number,
    part?: (message: ControlMessage) => void,
  ): Promise<ControlMessage> {
    const number = ++this.number;
    const line = encodeLine(
      number,
      command,
      words.map((word) => stringArgument(fromText(word))),
      '',
    );
    return expect(await this.exchange(number, line, part), expected);
  }

  private exchange(
    number: number,
    line: Buffer,
    part: (message: ControlMessage) => void = () => undefined,
  ): Promise<ControlMessage> {
    return new Promise<ControlMessage>((resolve, reject) => {
      this.waiting.set(number, { part, resolve, reject });
      this.socket.write(line);
    });
  }

  private receive(chunk: Buffer): void {
    for (const line of this.lines.push(chunk) ?? this.overlong()) {
      const message = decodeLine(line);
      if (message === undefined) continue;
      const waiting = this.waiting.get(message.number);
      try {
        if (message.command === REPLY.part || message.command === REPLY.row) {
          waiting?.part(message);
          continue;
        }
        waiting?.resolve(message);
      } catch (error) {
        waiting?.reject(error);
      }
      this.waiting.delete(message.number);
    }
  }

  private overlong(): readonly BytePath[] {
    this.socket.destroy();
    return [];
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

/** Throws ControlError for another reply. */
function expect(reply: ControlMessage, expected: number): ControlMessage {
  if (reply.command !== expected) throw new ControlError(reply.command, said(reply.text));
  return reply;
}

/** Passes on the rows that come in parts. */
function rowReader(row: (text: string) => void): (message: ControlMessage) => void {
  let begun = '';
  return ({ arguments: [part, goesOn] }) => {
    begun += part?.slice(1) ?? '';
    bound(begun.length);
    if (goesOn === '1') return;
    row(toBuffer(begun as BytePath).toString('utf8'));
    begun = '';
  };
}
