/** A client of the control socket of a running clsync. */
import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { fromText, toBuffer } from '../shared/bytes.js';
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
import { DumpFiles } from './dump.js';

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

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly suffix: string;
}

export interface Info {
  readonly block: string;
  readonly label: string;
  /** For people. */
  readonly text: string;
}

export class ControlClient {
  private readonly lines = new LineReader();
  private readonly waiting = new Map<
    number,
    {
      readonly part: (message: ControlMessage) => void;
      resolve(reply: ControlMessage): void;
      reject(error: unknown): void;
    }
  >();
  private number = 0;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.fail(new Error('the daemon closed the connection')));
  }

  /** Rejects with the error of connect(2). */
  static async connect(path: string): Promise<ControlClient> {
    const socket = createConnection(path);
    await once(socket, 'connect');
    return new ControlClient(socket);
  }

  async version(): Promise<Version> {
    const { arguments: words } = await this.ask(REQUEST.version, [], REPLY.version);
    return { major: Number(words[0]), minor: Number(words[1]), suffix: words[2] ?? '' };
  }

  async info(): Promise<Info> {
    const { arguments: words, text } = await this.ask(REQUEST.info, [], REPLY.info);
    return { block: words[0] ?? '', label: words[1] ?? '', text };
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
   * path of the watch directory, it takes that one.
   */
  async resync(): Promise<void> {
    await this.ask(REQUEST.resync, [], REPLY.resync);
  }

  /** Lets go what the daemon holds: deletions, or another directory at a path of its own. */
  async approve(): Promise<void> {
    await this.ask(REQUEST.approve, [], REPLY.approve);
  }

  /** Ends the daemon now. */
  async die(): Promise<void> {
    await this.ask(REQUEST.die, [], REPLY.die);
  }

  /** Ends the connection. */
  async quit(): Promise<void> {
    await this.ask(REQUEST.quit, [], REPLY.bye);
  }

  close(): void {
    this.socket.destroy();
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
        if (message.command === REPLY.part) {
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
  if (reply.command !== expected)
    throw new ControlError(reply.command, toBuffer(reply.text).toString('utf8'));
  return reply;
}
