/**
 * The directory that signal 29 dumps the state into: `instance`, `queue/0` to `queue/3`,
 * `threads/`, the states of the watcher and the executor, and the last raw events.
 */
import { closeSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { codeOf } from '../../shared/system-errors.js';
import { display, fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Listener } from '../ledger.js';
import { CREW } from '../sandbox/roles.js';
import type { Member, SandboxedRole } from '../sandbox/roles.js';
import type { KeptFile } from '../kept-files.js';
import { inDirectory, reasonOf } from '../open-path.js';

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/** Milliseconds for both roles to send their parts. */
const LIMIT = 10_000;
/** The largest dump, in bytes: a compromised executor could fill the file system. */
const LARGEST = 1 << 30;
const DIRECTORIES = ['queue', 'threads'];
/** The file names that each role may use: roles are not trusted to choose others. */
const NAMES = {
  watcher: /^(?:watcher|events)$/,
  executor: /^(?:instance|executor|failing|settling|queue\/[0-9]|threads\/[0-9]+)$/,
} as const satisfies Readonly<Record<SandboxedRole, RegExp>>;

export class Dump {
  /** Resolves when both roles have sent their parts. Rejects with ClsyncError. */
  readonly complete: Promise<void>;
  private readonly directory: number;
  private readonly missing = new Set(CREW.map(({ name }) => name));
  private readonly begun = new Set<string>();
  private bytes = 0;
  private settled = false;
  private settle: (error?: ClsyncError) => void = () => undefined;

  /**
   * Makes the directory `place`. Throws ClsyncError when it cannot be made or exists already.
   */
  constructor(private readonly place: KeptFile) {
    try {
      this.directory = place.make();
      for (const name of DIRECTORIES) mkdirSync(this.at(name), { mode: 0o700 });
    } catch (error) {
      throw this.failure(error);
    }
    this.complete = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => this.settle(new ClsyncError('DUMP_INCOMPLETE', display(place.path))),
        LIMIT,
      );
      this.settle = (error) => {
        clearTimeout(timer);
        if (this.settled) return;
        this.settled = true;
        closeSync(this.directory);
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }

  /** Writes the parts that the roles send. */
  readonly follow: Listener = (news) => {
    if (news.kind !== 'message') return;
    const { member, message } = news;
    if (message.name === 'description' || message.name === 'dump')
      this.add(member, message.file, message.text, message.last === 1);
  };

  /** Writes or continues a file. `last`: the role has sent all its parts. */
  private add(from: Member, name: BytePath, text: string, last: boolean): void {
    if (this.settled) return;
    try {
      if (NAMES[from.role].test(name)) this.write(name, text);
    } catch (error) {
      return this.settle(this.failure(error));
    }
    if (last) this.missing.delete(from.name);
    if (this.missing.size === 0) this.settle();
  }

  private write(name: string, text: string): void {
    this.bytes += Buffer.byteLength(text);
    if (this.bytes > LARGEST) throw new Error(`it has more than ${LARGEST} bytes`);
    const fd = openSync(
      this.at(name),
      O_WRONLY | O_NOFOLLOW | (this.begun.has(name) ? O_APPEND : O_CREAT | O_EXCL),
      0o600,
    );
    this.begun.add(name);
    try {
      writeFileSync(fd, text);
    } finally {
      closeSync(fd);
    }
  }

  private at(name: string): Buffer {
    return inDirectory(this.directory, fromText(name));
  }

  private failure(error: unknown): ClsyncError {
    const code = codeOf(error);
    if (code === 'EEXIST') return new ClsyncError('DUMP_EXISTS', display(this.place.path));
    return new ClsyncError('CANNOT_WRITE', '--dump-dir', display(this.place.path), reasonOf(error));
  }
}
