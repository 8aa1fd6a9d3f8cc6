import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromText } from '../../../src/shared/bytes.js';
import {
  hostWords,
  sharingRemoteShell,
  unsharedRemoteShell,
  wordsOfShell,
} from '../../../src/shared/remote-shell.js';

const SOCKET = fromText('/tmp/lists/ssh');

test('a remote shell is cut into words as rsync cuts it', () => {
  for (const [shell, words] of [
    ['ssh -p 22  -i key', ['ssh', '-p', '22', '-i', 'key']],
    [`ssh -i 'a b' -o"C d"`, ['ssh', '-i', 'a b', '-oC d']],
    [`'it''s' "say ""so"""`, ["it's", 'say "so"']],
  ] as const)
    assert.deepEqual(wordsOfShell(fromText(shell)), words);
});

test('the host of a destination is named as rsync names it', () => {
  for (const [destination, words] of [
    ['host:/path', ['--', 'host']],
    ['user@host:a@b:c', ['-l', 'user', '--', 'host']],
    ['a@domain@host:', ['-l', 'a@domain', '--', 'host']],
    ['user@[fe80::1]:/path', ['-l', 'user', '--', 'fe80::1']],
  ] as const)
    assert.deepEqual(hostWords(fromText(destination)), words);
});

test('a connection is shared unless the user says how', () => {
  const sharing = (shell: string): string | undefined =>
    sharingRemoteShell(unsharedRemoteShell(fromText(shell)), SOCKET);
  assert.match(sharing('') ?? '', /^ssh .*ControlPath=\/tmp\/lists\/ssh/);
  assert.match(sharing('/usr/bin/ssh -p 2222') ?? '', /^\/usr\/bin\/ssh -p 2222 .*lists\/ssh/);
  for (const shell of ['rsh', 'ssh -S /run/mine', 'ssh -o ControlPath=/run/mine', 'ssh -M'])
    assert.equal(sharing(shell), undefined, shell);
});
