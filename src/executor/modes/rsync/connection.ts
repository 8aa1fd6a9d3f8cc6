/**
 * One ssh connection to the destination's host that is kept open between syncs (ssh(1),
 * `ControlMaster`): most of the time of a small sync would be spent on connecting. A sync that
 * finds no connection connects by itself, so that nothing depends on this one.
 */
import { rmSync } from 'node:fs';
import { Backoff } from '../../../shared/backoff.js';
import { display, fromText, toBuffer } from '../../../shared/bytes.js';
import type { BytePath } from '../../../shared/bytes.js';
import { hostWords, sharingRemoteShell, wordsOfShell } from '../../../shared/remote-shell.js';
import type { ExecutorSettings } from '../../../shared/settings.js';
import { describeEnding } from '../../run/ending.js';
import { Lines } from '../../run/lines.js';
import { exactly } from '../../run/permitted.js';
import { words } from '../../run/runner.js';
import type { RunningProgram } from '../../run/running-program.js';
import type { Services } from '../mode.js';

const SHELL = 'RSYNC_RSH=';
/** No command, no forwarding, and the socket that others use; they stand before other options. */
const KEEPING = words(
  ...['-o', 'ControlMaster=yes', '-o', 'ControlPersist=no', '-o', 'ClearAllForwardings=yes'],
  ...['-o', 'RemoteCommand=none', '-o', 'RequestTTY=no', '-N'],
);
/** The longest path that ssh can bind: it appends 17 bytes at first (unix(7): 108). */
const LONGEST = 90;
/** Milliseconds: a connection that ended sooner is not made again at once. */
const SHORT_LIVED = 10_000;
const ANY_SOCKET = fromText('ANY-SOCKET');
const PAUSE = { first: 1000, longest: 60_000 } as const;
/** Bytes of a line that ssh writes. */
const LONGEST_LINE = 1 << 10;

export class KeptConnection {
  private running: RunningProgram | undefined;
  private readonly backoff = new Backoff(PAUSE.first, PAUSE.longest, Infinity);
  private notBefore = 0;

  private constructor(
    private readonly services: Services,
    /** RSYNC_RSH, with the socket. */
    private readonly shell: BytePath,
    private readonly socket: BytePath,
    private readonly command: readonly BytePath[],
  ) {}

  /** Undefined: none is kept. Throws as `ListFiles.write`. */
  static to(destination: BytePath, services: Services): KeptConnection | undefined {
    const settings = services.settings();
    if (!settings.keepConnection) return undefined;
    const socket = services.lists.beside('ssh');
    const shell = isUsable(socket) ? sharingShell(settings, socket) : undefined;
    return shell === undefined
      ? undefined
      : new KeptConnection(services, shell, socket, commandOf(shell, destination));
  }

  /** Patterns for `Permitted`, before the path of the socket is known. */
  static commands(destination: BytePath, settings: ExecutorSettings): string[] {
    const shell = settings.keepConnection ? sharingShell(settings, ANY_SOCKET) : undefined;
    return shell === undefined
      ? []
      : [exactly(...commandOf(shell, destination)).replace(exactly(ANY_SOCKET), '[^\\x00]*\\x00')];
  }

  /** The environment of an rsync that uses it. */
  through(environment: readonly BytePath[]): BytePath[] {
    return environment.map((word) =>
      word.startsWith(SHELL) ? ((SHELL + this.shell) as BytePath) : word,
    );
  }

  /** To be called after a sync that reached the host: connects, if there is no connection. */
  keep(): void {
    if (this.running !== undefined || performance.now() < this.notBefore) return;
    this.removeSocket();
    const settings = this.services.settings();
    const began = performance.now();
    const written = new Lines(LONGEST_LINE);
    const say = (lines: readonly BytePath[]): void => {
      for (const line of lines)
        if (line !== '') this.services.report('debug1', `ssh: ${display(line)}`);
    };
    const take = (chunk: Buffer): void => say(written.push(chunk));
    const running = this.services.runner.start({
      words: this.command,
      directory: settings.watchDirectory,
      environment: settings.environment,
      output: { stdout: take, stderr: take },
      timeout: 0,
      by: 'loaded',
    });
    this.running = running;
    void running.ending.then((ending) => {
      if (this.running !== running) return;
      this.running = undefined;
      say(written.last());
      const now = performance.now();
      if (now - began < SHORT_LIVED) this.notBefore = now + this.backoff.next(now);
      else this.backoff.reset();
      this.services.report('debug1', `the kept ssh connection ended: ${describeEnding(ending)}`);
    });
  }

  async close(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    this.notBefore = Infinity;
    await running?.end();
    this.removeSocket();
  }

  private removeSocket(): void {
    rmSync(toBuffer(this.socket), { force: true });
  }
}

function isUsable(socket: BytePath): boolean {
  return socket.length <= LONGEST && /^[\w/.+-]+$/.test(socket);
}

function sharingShell({ environment }: ExecutorSettings, socket: BytePath): BytePath | undefined {
  const shell = environment.find((word) => word.startsWith(SHELL))?.slice(SHELL.length);
  return shell === undefined ? undefined : sharingRemoteShell(shell as BytePath, socket);
}

function commandOf(shell: BytePath, destination: BytePath): readonly BytePath[] {
  const [program = fromText('ssh'), ...options] = wordsOfShell(shell);
  return [program, ...KEEPING, ...options, ...hostWords(destination)];
}
