/**
 * A dump of the state: `instance`, `queue/0` to `queue/3`, `threads/`, the states of the watcher
 * and the executor, and the last raw events, as the roles send them.
 */
import type { BytePath } from '../../shared/bytes.js';
import { DUMP_FILES, dumpPlace } from '../../shared/dump-files.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Listener } from '../ledger.js';
import type { Member } from '../sandbox/roles.js';

/** Milliseconds for both roles to send their parts. */
const LIMIT = 60_000;
/** The largest dump, in bytes: a compromised executor could fill the file system. */
const LARGEST = 1 << 30;

/** Where a dump goes to. */
export interface DumpSink {
  /** For messages. */
  readonly name: string;
  /** Writes a file, or goes on with it. Throws ClsyncError. */
  write(name: string, text: string): void;
  close(): void;
}

export class Dump {
  /** Resolves when all members have sent their parts. Rejects with ClsyncError. */
  readonly complete: Promise<void>;
  private readonly missing: Set<string>;
  private bytes = 0;
  private settled = false;
  private settle: (error?: ClsyncError) => void = () => undefined;

  /** Closes the sink in the end. */
  constructor(
    private readonly sink: DumpSink,
    members: readonly Member[],
  ) {
    this.missing = new Set(members.map(({ name }) => name));
    this.complete = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => this.settle(new ClsyncError('DUMP_INCOMPLETE', sink.name)),
        LIMIT,
      );
      this.settle = (error) => {
        clearTimeout(timer);
        if (this.settled) return;
        this.settled = true;
        sink.close();
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }

  /** Takes the parts that the roles send. */
  readonly follow: Listener = (news) => {
    if (news.kind === 'roleEnded' && this.missing.has(news.member.name))
      return this.settle(new ClsyncError('DUMP_INCOMPLETE', this.sink.name));
    if (news.kind !== 'message') return;
    const { member, message } = news;
    if (message.name === 'description' || message.name === 'dump')
      this.add(member, message.file, message.text, message.last === 1);
  };

  /** `last`: the role has sent all its parts. */
  private add(from: Member, name: BytePath, text: string, last: boolean): void {
    if (this.settled) return;
    try {
      if (DUMP_FILES[from.role].test(name))
        this.write(`${dumpPlace(from.destination)}${name}`, text);
    } catch (error) {
      if (!(error instanceof ClsyncError)) throw error;
      return this.settle(error);
    }
    if (last) this.missing.delete(from.name);
    if (this.missing.size === 0) this.settle();
  }

  private write(name: string, text: string): void {
    this.bytes += Buffer.byteLength(text);
    if (this.bytes > LARGEST) throw new ClsyncError('DUMP_TOO_LARGE', this.sink.name, `${LARGEST}`);
    this.sink.write(name, text);
  }
}
