/** `clsync ctl top`: all instances, live. */
import { AskedInstance, keptUp } from '../../client/asked-instance.js';
import type { ControlClient } from '../../client/control.js';
import type { BytePath } from '../../shared/bytes.js';
import { wantsColours } from './colours.js';
import { Terminal } from './terminal.js';
import { BARS, screen } from './top-screen.js';
import type { Look } from './top-screen.js';

/** Milliseconds between two questions to each instance. */
const INTERVAL = 1000;
/** Milliseconds after which a daemon that does not answer is shown so. */
const SILENT = 5000;
/** Milliseconds that a flush may take. */
const FLUSH = 60_000;

/** Returns the exit status. Throws ClsyncError where there is no terminal. */
export function top(
  sockets: () => readonly BytePath[],
  environment: NodeJS.ProcessEnv,
): Promise<number> {
  return new Promise((resolve) => {
    const shown = new Top(sockets, lookIn(environment), () => resolve(0));
    shown.begin();
  });
}

export function lookIn(environment: NodeJS.ProcessEnv): Look {
  const { LC_ALL, LC_CTYPE, LANG = '' } = environment;
  const locale = LC_ALL || LC_CTYPE || LANG;
  return {
    colours: wantsColours(environment),
    bars: /utf-?8/i.test(locale) ? BARS.unicode : BARS.ascii,
  };
}

class Top {
  private readonly terminal: Terminal;
  private instances: readonly AskedInstance[] = [];
  private selected = 0;
  private isDetailed = false;
  private message = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sockets: () => readonly BytePath[],
    private readonly look: Look,
    private readonly over: () => void,
  ) {
    this.terminal = Terminal.open(
      (keys) => this.pressed(keys),
      () => this.draw(),
      () => this.end(),
    );
  }

  begin(): void {
    const turn = (): void => {
      this.find();
      for (const one of this.instances) void one.ask().then(() => this.draw());
      this.draw();
    };
    this.timer = setInterval(turn, INTERVAL);
    turn();
  }

  private find(): void {
    const { socket: chosen } = this.instances[this.selected] ?? {};
    const make = (socket: BytePath): AskedInstance => new AskedInstance(socket, SILENT);
    this.instances = keptUp(this.instances, this.sockets(), make);
    const again = this.instances.findIndex(({ socket }) => socket === chosen);
    this.select(again < 0 ? this.selected : again);
  }

  private draw(): void {
    if (this.timer === undefined) return;
    const { instances, selected, isDetailed, message, terminal } = this;
    const view = { instances, selected, isDetailed, message, now: Date.now() };
    terminal.draw(screen(view, terminal.size, this.look));
  }

  private select(index: number): void {
    this.selected = Math.max(0, Math.min(index, this.instances.length - 1));
  }

  private pressed(keys: string): void {
    for (const [key] of keys.matchAll(/\x1b\[[A-D]|\x1bO[A-D]|[^]/gu)) this.press(key);
    this.draw();
  }

  private press(key: string): void {
    const one = this.instances[this.selected];
    if (key === 'q' || key === '\x03') this.end();
    else if (key === 'k' || (key.endsWith('A') && key.length === 3)) this.select(this.selected - 1);
    else if (key === 'j' || (key.endsWith('B') && key.length === 3)) this.select(this.selected + 1);
    else if (key === '\r' || key === 'd') this.isDetailed = !this.isDetailed;
    else if (key === '\x1b') this.isDetailed = false;
    else if (key === 'p' && one !== undefined) this.pause(one);
    else if (key === 'f' && one !== undefined) this.flush(one);
  }

  private pause(one: AskedInstance): void {
    const isPaused = one.status?.paused === true;
    this.carryOut(one, isPaused ? 'resumed' : 'paused', (client) =>
      isPaused ? client.resume() : client.pause(),
    );
  }

  private flush(one: AskedInstance): void {
    this.message = `${one.name}: flushing`;
    this.carryOut(one, 'flushed: everything is at the destination', async (client) => {
      const { left, text } = await client.flush(FLUSH);
      return left === 0 ? undefined : `${left} paths are not at the destination: ${text}`;
    });
  }

  private carryOut(
    one: AskedInstance,
    done: string,
    give: (client: ControlClient) => Promise<string | void>,
  ): void {
    void ordered(one, give)
      .then(
        (said) => (this.message = `${one.name}: ${said ?? done}`),
        (error: unknown) =>
          (this.message = `${one.name}: ${error instanceof Error ? error.message : String(error)}`),
      )
      .then(() => one.ask())
      .finally(() => this.draw());
  }

  private end(): void {
    if (this.timer === undefined) return;
    clearInterval(this.timer);
    this.timer = undefined;
    for (const one of this.instances) one.close();
    this.terminal.close();
    this.over();
  }
}

/** On a connection of its own. */
async function ordered<T>(
  one: AskedInstance,
  give: (client: ControlClient) => Promise<T>,
): Promise<T> {
  const client = await one.connect();
  try {
    return await give(client);
  } finally {
    client.close();
  }
}
