/** Chromium without a window, told what to do over its debugging pipe. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { temporaryDirectory } from './temporary.js';
import type { Scope } from './temporary.js';
import { atEnd } from './temporary.js';
import { PATIENCE } from './until.js';

const PROGRAM = [process.env.CLSYNC_CHROMIUM, '/usr/bin/chromium'].find(
  (path) => path !== undefined && existsSync(path),
);

/** For `{ skip }`. */
export const needsChromium: string | false =
  PROGRAM === undefined || spawnSync(PROGRAM, ['--version'], { timeout: PATIENCE }).status !== 0
    ? 'no chromium, which Debian has in a package of this name'
    : false;

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly sessionId?: string;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export class Chromium {
  /** What pages have said on their console, and what was refused to them. */
  readonly complaints: string[] = [];
  private number = 0;
  private session: string | undefined;
  private readonly waiting = new Map<number, (reply: Reply) => void>();
  private unread = '';

  private constructor(private readonly input: Writable) {}

  /** Starts it with one empty page; it ends with the scope. */
  static async start(scope: Scope, words: readonly string[] = []): Promise<Chromium> {
    const home = temporaryDirectory(scope);
    const options = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
    const child = spawn(
      PROGRAM ?? '',
      [...options, '--remote-debugging-pipe', `--user-data-dir=${home}/profile`, ...words],
      {
        stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
        // It leaves a directory in the temporary one when it is killed.
        env: { ...process.env, HOME: home, TMPDIR: home },
        detached: true,
      },
    );
    const gone = new Promise((resolve) => child.once('exit', resolve));
    atEnd(scope, async () => {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await gone;
    });
    const browser = new Chromium(child.stdio[3] as Writable);
    (child.stdio[4] as Readable)
      .setEncoding('utf8')
      .on('data', (text: string) => browser.hear(text));
    const { targetId } = (await browser.say('Target.createTarget', { url: 'about:blank' })) as {
      readonly targetId: string;
    };
    const attached = await browser.say('Target.attachToTarget', { targetId, flatten: true });
    browser.session = (attached as { readonly sessionId: string }).sessionId;
    for (const part of ['Page', 'Runtime', 'Log']) await browser.say(`${part}.enable`);
    return browser;
  }

  /** See the Chrome DevTools Protocol. Rejects with what Chromium refuses. */
  say(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.number;
    const session = this.session === undefined ? {} : { sessionId: this.session };
    this.input.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    return new Promise((resolve, reject) =>
      this.waiting.set(id, ({ result, error }) =>
        error === undefined ? resolve(result) : reject(new Error(`${method}: ${error.message}`)),
      ),
    );
  }

  async open(url: string): Promise<void> {
    await this.say('Page.navigate', { url });
  }

  /** The value of an expression in the page. */
  async ask(expression: string): Promise<unknown> {
    const answer = await this.say('Runtime.evaluate', { expression, returnByValue: true });
    return (answer as { readonly result: { readonly value?: unknown } }).result.value;
  }

  async press(key: string, text?: string): Promise<void> {
    const more = text === undefined ? {} : { text };
    await this.say('Input.dispatchKeyEvent', { type: 'keyDown', key, ...more });
    await this.say('Input.dispatchKeyEvent', { type: 'keyUp', key });
  }

  /** A picture as PNG. */
  async picture(): Promise<Buffer> {
    const { data } = (await this.say('Page.captureScreenshot')) as { readonly data: string };
    return Buffer.from(data, 'base64');
  }

  private hear(text: string): void {
    const all = (this.unread + text).split('\0');
    this.unread = all.pop() ?? '';
    for (const one of all) {
      const reply = JSON.parse(one) as Reply;
      if (reply.id !== undefined) this.waiting.get(reply.id)?.(reply);
      else if (['Log.entryAdded', 'Runtime.exceptionThrown'].includes(reply.method ?? ''))
        this.complaints.push(JSON.stringify(reply.params));
    }
  }
}
