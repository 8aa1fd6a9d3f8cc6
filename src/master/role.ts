/**
 * One member of the crew with its channel. Orders that the member cannot take yet are held back.
 */
import { Channel } from '../shared/channel.js';
import { ClsyncError } from '../shared/errors.js';
import { ProtocolError } from '../shared/frames.js';
import type { Message, MessageName, Payload } from '../shared/messages.js';
import type { Quota } from './quota.js';
import type { RoleProcess } from './sandbox/launch.js';
import type { Member } from './sandbox/roles.js';

export interface RoleEvents {
  heard(message: Message): void;
  /** The member died, could not be confined, or broke the protocol. */
  lost(error: ClsyncError): void;
}

export class Role {
  private readonly channel: Channel;
  private held: (() => void)[] = [];
  /** Descriptions that were asked for and are not complete. */
  private descriptions = 0;
  private isKilled: () => void = () => undefined;
  /** Resolves when it is killed. */
  readonly killed = new Promise<void>((resolve) => (this.isKilled = resolve));

  constructor(
    readonly member: Member,
    private readonly process: RoleProcess,
    private readonly quota: Quota,
    private readonly events: RoleEvents,
  ) {
    const { role, name } = member;
    this.channel = new Channel(process.channel, 'master', role, {
      closed: () => undefined, // its exit has the reason
      broken: (error) => events.lost(new ClsyncError('PEER_BROKEN', `the ${name}`, error.message)),
    }).onOthers((message) => this.heard(message));
    void process.exited.then(({ code, signal, error }) =>
      events.lost(
        error ?? new ClsyncError('ROLE_DIED', `the ${name}`, signal ?? `exit status ${code}`),
      ),
    );
  }

  start(): void {
    this.channel.start();
  }

  get pid(): number {
    return this.process.pid;
  }

  /** Resolves at the end of the process. Never rejects. */
  get exited(): Promise<unknown> {
    return this.process.exited;
  }

  send<N extends MessageName>(name: N, payload: Payload<N>): void {
    if (name === 'describe' || name === 'describeQueues') this.descriptions++;
    this.channel.send(name, payload);
  }

  /** Sends an order. Holds it back while the role has no settings yet. */
  order<N extends MessageName>(name: N, payload: Payload<N>): void {
    if (this.channel.allows(name)) this.send(name, payload);
    else this.held.push(() => this.send(name, payload));
  }

  /** Sends the orders held back; called once the settings are sent. */
  sendHeld(): void {
    for (const send of this.held.splice(0)) send();
  }

  /**
   * Ends the role and everything it started; resolves when the process is gone. Milliseconds;
   * `grace`: see roles.ts.
   */
  async end(grace: number): Promise<void> {
    if (grace === 0) this.kill();
    const impatience = setTimeout(() => this.kill(), grace);
    await Promise.all([this.channel.end(), this.exited]);
    clearTimeout(impatience);
  }

  kill(): void {
    this.isKilled();
    this.process.kill();
  }

  /** Throws ProtocolError for a message that has no reason. */
  private heard(message: Message): void {
    if (message.name === 'description' || message.name === 'dump') {
      if (this.descriptions === 0) throw new ProtocolError(`${message.name} was not asked for`);
      this.descriptions -= message.last === 1 ? 1 : 0;
    }
    const { lost, wait } = this.quota.heard(message);
    if (wait > 0) this.channel.pause(wait);
    if (!lost) this.events.heard(message);
  }
}
