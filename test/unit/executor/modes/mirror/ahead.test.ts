import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { fromText } from '../../../../../src/shared/bytes.js';
import { Ahead, mayCopyAhead } from '../../../../../src/executor/modes/mirror/ahead.js';
import type { Opened } from '../../../../../src/executor/modes/mirror/opened.js';
import type { ExecutorSettings } from '../../../../../src/shared/settings.js';

const PLAIN = {
  rules: [],
  oneFileSystem: false,
  settle: 0,
  skipInitialSync: false,
  twoWay: false,
} as unknown as ExecutorSettings;

test('nothing is copied ahead of the walk that the walk may tell to leave alone', () => {
  assert.ok(mayCopyAhead(PLAIN));
  const rule = { allow: false, kind: 'f', pattern: fromText('x'), line: 1 } as const;
  const others: Partial<ExecutorSettings>[] = [
    { rules: [rule] },
    { oneFileSystem: true },
    { settle: 1 },
    { skipInitialSync: true },
    { keepsState: true },
    { ground: {} },
    { standbyFile: fromText('/there') },
    { paused: true },
    { twoWay: true },
    { verifies: { checksum: false, repair: false } },
  ];
  for (const other of others)
    assert.equal(mayCopyAhead({ ...PLAIN, ...other }), false, JSON.stringify(other));
});

test('what cannot be opened ahead is left to the initial sync', async () => {
  const said: string[] = [];
  const ahead = new Ahead({
    settings: () => PLAIN,
    report: (_: unknown, text: string) => said.push(text),
  } as unknown as ConstructorParameters<typeof Ahead>[0]);
  await new Promise<void>((resolve) =>
    ahead.begin(() => {
      setImmediate(resolve);
      return Promise.reject(new Error('no way'));
    }),
  );
  await ahead.end();
  assert.match(said.join(), /nothing is copied before .*no way/);
});

test('the initial sync waits until nothing that was begun ahead is under way', async () => {
  const said: string[] = [];
  let end = (): void => undefined;
  const runs = {
    run: (_: unknown, begun: (leave: () => void) => void) => {
      begun(() => said.push('begins no more'));
      return new Promise<void>((resolve) => (end = resolve));
    },
  };
  const opened = { source: { path: fromText(tmpdir()) }, times: { changes: true }, runs };
  const services = {
    settings: () => PLAIN,
    refused: { all: new Set(), contents: new Set() },
    report: () => undefined,
  } as unknown as ConstructorParameters<typeof Ahead>[0];
  const ahead = new Ahead(services);
  await new Promise<void>((resolve) =>
    ahead.begin(() => {
      setImmediate(resolve);
      return Promise.resolve(opened as unknown as Opened);
    }),
  );
  const ended = ahead.end().then(() => said.push('ended'));
  await new Promise(setImmediate);
  assert.deepEqual(said, ['begins no more']);
  end();
  await ended;
  assert.deepEqual(said, ['begins no more', 'ended']);
});
