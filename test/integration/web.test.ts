/** `clsync web` beside real daemons, whose sockets are in /run/clsync: of a mount namespace. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { SpawnSyncOptions } from 'node:child_process';
import * as fs from 'node:fs';
import { get as request } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Chromium, needsChromium } from '../harness/chromium.js';
import { Daemon } from '../harness/daemon.js';
import { needsMounts } from '../harness/offers.js';
import { elsewhere } from '../harness/private-host.js';
import { commandOf } from '../harness/programs.js';
import { startMirror } from '../harness/running-mirror.js';
import type { Running } from '../harness/running-mirror.js';
import { temporaryDirectory } from '../harness/temporary.js';
import { PATIENCE, until } from '../harness/until.js';
import { ORDINARY_USER } from '../harness/user.js';

const { uid, gid } = ORDINARY_USER;

interface Served {
  readonly www: Running;
  readonly run: string;
  readonly url: string;
}

async function serve(scope: TestContext): Promise<Served> {
  const run = temporaryDirectory(scope);
  fs.chmodSync(run, 0o755);
  fs.mkdirSync(`${run}/clsync`);
  const socket = [`--socket=${run}/clsync/www.sock`, `--socket-view=${gid}`];
  const www = await startMirror(scope, [...socket, '-lwww', '-Mmirror']);
  const user = ['setpriv', '--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  const words = [...user, ...commandOf('clsync'), 'web', '--listen=127.0.0.1:0'];
  const web = new Daemon(scope, elsewhere({ '/run': run }, words), { silent: true });
  await web.logged(/http:\S+\n/);
  return { www, run, url: /http:\S+/.exec(web.stdout)?.[0] ?? '' };
}

function clsync(options: SpawnSyncOptions, ...words: readonly string[]) {
  const [program, ...rest] = [...commandOf('clsync'), ...words] as [string, ...string[]];
  const { status, stderr } = spawnSync(program, rest, {
    ...options,
    encoding: 'utf8',
    timeout: PATIENCE,
  });
  return { status, stderr };
}

function fetched(url: string, host?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    request(url, { headers }, (response) => {
      let text = `${response.statusCode}\n`;
      response.setEncoding('utf8').on('data', (more: string) => (text += more));
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

test('a user who may look shows it, and may do no more', { skip: needsMounts() }, async (scope) => {
  const { www, run, url } = await serve(scope);
  assert.match(await fetched(url), /^200\n[^]*All is well[^]*href="\/instance\/www"/);
  const details = await fetched(`${url}instance/www`);
  assert.ok(details.includes(`${www.base}/destination`), details);
  assert.match(await fetched(`${url}metrics`), /^clsync_up\{socket="www"\} 1$/m);
  assert.match(await fetched(url, 'evil.example'), /^421\n/);
  const asUser = (word: string) =>
    clsync({ uid, gid, cwd: run }, 'ctl', '--socket=clsync/www.sock', word);
  assert.deepEqual(asUser('queue'), { status: 0, stderr: '' });
  for (const word of ['pause', 'resync', 'die', 'reload']) {
    const { status, stderr } = asUser(word);
    assert.equal(status, 1, word);
    assert.match(stderr, /Permission denied: it is for who may (steer|configure)/);
  }
  await www.daemon.stop();
  const goneIn = async (): Promise<boolean> => /No daemon/.test(await fetched(url));
  await until('its end to show', goneIn, { every: 500 });
});

test('root is refused, and a wrong word says what to do', (scope) => {
  const cwd = temporaryDirectory(scope);
  const said = (...words: readonly string[]): string => {
    const { status, stderr } = clsync({ cwd }, 'web', ...words);
    return `${status} ${stderr}`;
  };
  for (const words of [['--lisen', 'x'], ['--listen', '8731'], ['--listen'], ['--listen', 'unix:']])
    assert.match(said(...words), /^22 error: clsync web: .*; see clsync web --help\n$/);
  if (process.getuid?.() === 0)
    assert.match(said(), /^22 error: clsync web runs without privileges: .*setpriv/);
});

test(
  'a browser shows it, goes through it by keys, and is refused nothing that it wants',
  { skip: needsMounts() || needsChromium },
  async (scope) => {
    const { www, url } = await serve(scope);
    const browser = await Chromium.start(scope);
    await browser.say('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: 'dark' }],
    });
    let text = '';
    const hasText = async (what: string): Promise<boolean> => {
      text = String(await browser.ask('document.body.innerText'));
      return text.includes(what);
    };
    const shows = (what: string): Promise<void> =>
      until(what, () => hasText(what), { detail: () => text });
    /** Again and again: a page may be there before its script. */
    const pressUntil = (key: string, what: string, holds: () => Promise<boolean>): Promise<void> =>
      until(what, async () => (await browser.press(key), holds()), { detail: () => text });
    await browser.open(url);
    await shows('All is well');
    // The text may be there before the style.
    const back = 'getComputedStyle(document.body).backgroundColor';
    const isDark = async (): Promise<boolean> => (await browser.ask(back)) === 'rgb(21, 24, 27)';
    await until('the colours of the dark', isDark);
    const focused = 'document.activeElement.textContent';
    await pressUntil('j', 'the focus on www', async () => (await browser.ask(focused)) === 'www');
    await browser.press('Enter', '\r');
    await shows('Pending paths');
    const charts = 'document.querySelectorAll("svg").length';
    await until('three charts', async () => (await browser.ask(charts)) === 3);
    await pressUntil('h', 'all instances', () => hasText('All is well'));
    await www.daemon.stop();
    await shows('No daemon');
    assert.deepEqual(browser.complaints, []);
  },
);
