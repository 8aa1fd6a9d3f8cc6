/**
 * One end of a socketpair(2) between two roles: sends and receives frames, reports back-pressure,
 * and stops reading from a peer that breaks the protocol.
 */
import { Socket } from 'node:net';
import { Conversation } from './conversation.js';
import { FrameReader, ProtocolError } from './frames.js';
import { LIMITS } from './messages.js';
import type { Message, MessageName, Payload, Role } from './messages.js';
import { decode, encode } from './wire.js';

type Handler<N extends MessageName> = (payload: Payload<N>) => void;

export interface ChannelEvents {
  /** The peer closed its end or died. */
  closed(): void;
  /** The peer broke the protocol; nothing more is read from it. */
  broken(error: ProtocolError): void;
}

export class Channel {
  private readonly socket: Socket;
  private readonly handlers = new Map<MessageName, (payload: unknown) => void>();
  private others: ((message: Message) => void) | undefined;
  private readonly reader = new FrameReader(LIMITS.frame);
  private readonly conversation = new Conversation();
  private ended = false;
  private draining: Promise<void> | undefined;
  private pausing: NodeJS.Timeout | undefined;

  /**
   * Takes ownership of descriptor `fd` (AF_UNIX, SOCK_STREAM). Reading begins with `start`, once
   * the handlers are set.
   */
  constructor(
    fd: number,
    private readonly self: Role,
    private readonly peer: Role,
    private readonly events: ChannelEvents,
  ) {
    this.socket = new Socket({ fd, readable: true, writable: true });
    this.socket.on('error', () => this.socket.destroy());
    this.socket.on('close', () => this.close());
  }

  on<N extends MessageName>(name: N, handler: Handler<N>): this {
    this.handlers.set(name, handler as (payload: unknown) => void);
    return this;
  }

  /** Sets the handler of all messages that have none of their own. */
  onOthers(handler: (message: Message) => void): this {
    this.others = handler;
    return this;
  }

  start(): void {
    this.socket.on('data', (chunk: Buffer) => this.receive(chunk));
    this.socket.on('end', () => this.socket.destroy());
  }

  /**
   * Returns false when the peer reads too slowly: wait for `drained` before sending what can wait.
   * Throws RangeError for a message that the table does not allow now.
   */
  send<N extends MessageName>(name: N, payload: Payload<N>): boolean {
    if (this.ended) return true;
    const refusal = this.conversation.pass(name);
    if (refusal !== undefined) throw new RangeError(refusal);
    return this.socket.write(encode(name, payload));
  }

  /** Whether the message belongs to the phase that the two ends are in. */
  allows(name: MessageName): boolean {
    return this.conversation.allows(name);
  }

  drained(): Promise<void> {
    if (this.ended || !this.socket.writableNeedDrain) return Promise.resolve();
    return (this.draining ??= new Promise((resolve) => {
      const over = (): void => {
        this.socket.off('drain', over).off('close', over);
        this.draining = undefined;
        resolve();
      };
      this.socket.once('drain', over).once('close', over);
    }));
  }

  /** Reads nothing more for so many milliseconds, besides what has been read already. */
  pause(milliseconds: number): void {
    if (this.ended || this.pausing !== undefined) return;
    this.socket.pause();
    this.pausing = setTimeout(() => {
      this.pausing = undefined;
      this.socket.resume();
    }, milliseconds).unref();
  }

  /** Bytes that wait because the peer has yet to read what came before. */
  get unsent(): number {
    return this.socket.writableLength;
  }

  /** Closes at once, without sending what is queued. */
  abandon(): void {
    this.socket.destroy();
  }

  /** Sends what is queued, then closes. */
  end(): Promise<void> {
    if (this.ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.socket.once('close', () => resolve());
      this.socket.end(() => this.socket.destroy());
    });
  }

  /** An open channel alone no longer keeps the process running. */
  unref(): void {
    this.socket.unref();
  }

  private close(): void {
    if (this.ended) return;
    this.ended = true;
    this.events.closed();
  }

  private receive(chunk: Buffer): void {
    try {
      for (const frame of this.reader.read(chunk)) {
        if (this.ended) return;
        const message = decode(frame, this.peer, this.self);
        const refusal = this.conversation.pass(message.name);
        if (refusal !== undefined) throw new ProtocolError(refusal);
        this.dispatch(message);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.ended = true;
      this.socket.destroy();
      this.events.broken(error);
    }
  }

  private dispatch(message: Message): void {
    const handler = this.handlers.get(message.name) ?? this.others;
    if (handler === undefined) throw new ProtocolError(`${message.name} is not expected now`);
    handler(message);
  }
}
