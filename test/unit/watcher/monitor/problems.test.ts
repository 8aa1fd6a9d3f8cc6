import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { test } from 'node:test';
import type { BytePath } from '../../../../src/shared/bytes.js';
import { parseMountTable } from '../../../../src/shared/mount-table.js';
import { MONITORS } from '../../../../src/shared/monitors.js';
import { Problem } from '../../../../src/watcher/monitor/findings.js';
import { Problems } from '../../../../src/watcher/monitor/problems.js';
import { finding } from '../findings.js';

const MANY = 3000;

function tried(): { problems: Problems; told: string[] } {
  const told: string[] = [];
  const report = (_: string, text: string): void => void told.push(text);
  return { problems: new Problems(report, MONITORS.inotify.limits, 60_000), told };
}

test('each problem is reported once, and the log is bounded', () => {
  const { problems, told } = tried();
  const closed = { detail: Problem.open, errno: constants.errno.EACCES };
  for (let i = 0; i < MANY; i++) problems.note(finding('problem', `directory ${i}`, closed));
  const before = told.length;
  assert.ok(before > 0 && before < MANY);
  problems.note(finding('problem', 'directory 0', closed));
  assert.equal(told.length, before);
});

test('directories beyond the limit are one line with their number, and one when there are none', () => {
  const { problems, told } = tried();
  for (let i = 0; i < MANY; i++)
    problems.note(
      finding('problem', `${i}`, { detail: Problem.watch, errno: constants.errno.ENOSPC }),
    );
  assert.deepEqual(told, []);
  for (const count of [0, MANY, MANY + 1]) problems.unwatched(count, 5000);
  assert.equal(told.length, 1);
  assert.match(told[0] ?? '', /^3000 of 5000 .*fs\.inotify\.max_user_watches is reached.* 60 s /);
  for (const count of [0, 0]) problems.unwatched(count, 5000);
  assert.deepEqual(told.slice(1), ['all directories are watched again']);
});

test('what is mounted and watched otherwise is said once, beside what is left out', () => {
  const { problems, told } = tried();
  const [line] = parseMountTable('30 1 0:7 / /w/m rw - tmpfs none rw');
  const refusedMounts = ['f' as BytePath];
  for (let i = 0; i < 2; i++) problems.mounted({ refusedMounts, unmarked: line ? [line] : [] });
  assert.equal(told.length, 2);
  assert.match(told[0] ?? '', /^\/w\/m is in another file system \(tmpfs\): inotify watches it$/);
  assert.match(told[1] ?? '', /^f is a FUSE mount of another user and left out/);
});
