/** What the shells complete, asked of the shells. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../../src/shared/layout.js';
import { temporaryDirectory } from '../../harness/temporary.js';
import type { Scope } from '../../harness/temporary.js';
import { DEADLINE, PATIENCE } from '../../harness/until.js';

const AT = `${FILES.root}completion/`;
const needsShell = (name: string): string | false =>
  existsSync(`/usr/bin/${name}`) ? false : `needs ${name}`;

/** Shells make files in the home directory. */
function said(scope: Scope, shell: string, words: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(shell, words, {
    encoding: 'utf8',
    timeout: PATIENCE,
    env: { PATH: '/usr/bin:/bin', HOME: temporaryDirectory(scope), TERM: 'dumb' },
  });
  assert.deepEqual([status, stderr], [0, '']);
  return stdout;
}

test('bash completes options, their values, and the words of ctl', (scope) => {
  const script = `source ${AT}clsync
    complete_of() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _clsync; echo "\${COMPREPLY[@]}"; }
    complete_of clsync --watch-d
    complete_of clsync -M rsyncs
    complete_of clsync --threading = ''
    complete_of clsync ctl v
    complete_of clsync verif`;
  assert.equal(
    said(scope, '/bin/bash', ['-c', script]),
    '--watch-dir\nrsyncshell rsyncso\noff safe full\nverify version\nverify\n',
  );
});

test('fish completes the same', { skip: needsShell('fish') }, (scope) => {
  const asked = (line: string): string[] =>
    said(scope, '/usr/bin/fish', [
      '--no-config',
      '-c',
      `source ${AT}clsync.fish; complete -C '${line}'`,
    ])
      .trim()
      .split('\n')
      .map((found) => found.split('\t')[0] ?? '')
      .toSorted();
  assert.deepEqual(asked('clsync --watch-d'), ['--watch-dir']);
  assert.deepEqual(asked('clsync -M rsyncs'), ['rsyncshell', 'rsyncso']);
  assert.deepEqual(asked('clsync ctl ver'), ['verify', 'version']);
  assert.deepEqual(asked('clsync verif'), ['verify']);
});

// A terminal of its own, as zsh completes only on one; ctrl-E prints what is on its line.
const ZSH = String.raw`zmodload zsh/zpty
at=$1; shift
zpty z zsh -f -i
zpty -w z "PS1=; unset zle_bracketed_paste; stty -echo; fpath=($at \$fpath)
  autoload -Uz compinit; compinit -u -D; setopt no_list_beep
  show() { print -r - \"<\$BUFFER>\"; zle kill-whole-line }; zle -N show; bindkey '^E' show
  print re''ady"
zpty -r z line '*ready*'
for typed; do
  zpty -w -n z "$typed"$'\t\x05'
  zpty -r z line '*<*>*'
  print -r - "${'$'}{${'$'}{line##*<}%%>*}"
done`;

test('zsh completes the same', { skip: needsShell('zsh'), timeout: DEADLINE }, (scope) => {
  const typed = ['clsync --watch-d', 'clsync -M rsyncsh', 'clsync ctl verif', 'clsync verif'];
  assert.deepEqual(
    said(scope, '/usr/bin/zsh', ['-f', '-c', ZSH, 'zsh', AT, ...typed]).split('\n'),
    ['clsync --watch-dir=', 'clsync -M rsyncshell ', 'clsync ctl verify ', 'clsync verify ', ''],
  );
});
