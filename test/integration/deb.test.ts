/**
 * The Debian package: installed on a copy of this host, it mirrors; a newer one goes on with what was
 * pending; purged, it leaves nothing.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../src/shared/layout.js';
import { needsMounts } from '../harness/offers.js';
import { temporaryDirectory } from '../harness/temporary.js';
import { DEADLINE } from '../harness/until.js';

const CANNOT = 77;

/** What is written in the namespace stays in memory. */
const ON_A_COPY = String.raw`set -e
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" none "$1/root" || exit ${CANNOT}
cd "$1/root"
mount --rbind /proc proc
mount --rbind /dev dev
mount -t tmpfs none run
mount -t tmpfs none tmp
cp "$2" tmp/clsync.deb
exec chroot . /bin/sh -e -c "$3"`;

// Node may have come here in another way than by a package.
const USED = String.raw`PATH=/usr/sbin:/usr/bin:/sbin:/bin
installed() { dpkg --force-depends -i "$1" >/tmp/dpkg 2>&1 || { cat /tmp/dpkg; exit 1; }; }
dpkg-deb -R /tmp/clsync.deb /tmp/older
sed -i 's/^Version: .*/Version: 0.4.99/' /tmp/older/DEBIAN/control
dpkg-deb -Znone --build /tmp/older /tmp/older.deb >/dev/null
installed /tmp/older.deb
grep -q '^clsync-web:' /etc/group
ls /usr/lib/clsync/dist/roles/master/*.compiled >/dev/null
dpkg -L clsync >/tmp/files
grep -q '^ prom-client [0-9.]* (Apache-2.0)$' /usr/share/doc/clsync/copyright
cp /etc/clsync/clsync.conf /tmp/shipped
clsync --check-config --config-file=/tmp/shipped -Mmirror -W/tmp -D/var/tmp
sed 's/^#\([a-z[]\)/\1/' /tmp/shipped >/tmp/examples
for path in /home /backup/home /srv/uploads; do mkdir -p $path; done
for block in home uploads; do clsync --check-config --config-file=/tmp/examples --config-block=$block; done
cd /tmp
mkdir site copy && echo content >site/file
/usr/bin/clsync init site copy
clsync --config-block=site --check-config
echo '# mine' >>/etc/clsync/clsync.conf
mkdir -p /var/lib/clsync
start() { clsync --config-block=site --state-dir=/var/lib/clsync/site --background; }
ended() { clsync ctl --name site die; while [ -e /run/clsync/site.sock ]; do sleep 0.1; done; }
trap 'clsync ctl --name site die' EXIT
start
clsync ctl --name site flush
cmp site/file copy/file && echo mirrored
clsync ctl --name site pause
echo late >site/late
until clsync ctl --name site queue | grep -q late; do sleep 0.2; done
ended
installed /tmp/clsync.deb
start
[ ! -e copy/late ] && echo 'still paused'
clsync ctl --name site resume
clsync ctl --name site flush
cmp site/late copy/late && grep -x '# mine' /etc/clsync/clsync.conf
ended
trap - EXIT
dpkg --purge clsync >/tmp/dpkg 2>&1 || { cat /tmp/dpkg; exit 1; }
while read -r path; do case $path in *clsync*) [ ! -e "$path" ] || echo "left: $path" ;; esac; done </tmp/files
for path in /etc/clsync /var/lib/clsync; do [ ! -e $path ] || echo "left: $path"; done
`;

test(
  'the package is installed, mirrors, is upgraded with changes pending, and leaves nothing when purged',
  { skip: needsMounts() || needsDpkg(), timeout: DEADLINE },
  (scope) => {
    const base = temporaryDirectory(scope);
    const made = spawnSync(`${FILES.root}scripts/deb`, [base], { encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    // Where it is installed; its complaint about root is none about the package.
    const { stdout: complaints } = spawnSync('lintian', [made.stdout.trim()]);
    assert.doesNotMatch(String(complaints), /^[EW]: /m);
    const file = made.stdout.trim();
    const listed = spawnSync('dpkg-deb', ['--contents', file], { encoding: 'utf8' }).stdout;
    for (const path of [
      'usr/bin/clsync -> ../lib/clsync/',
      'usr/share/man/man1/clsync-web.1.gz',
      'usr/share/man/man5/clsync.conf.5.gz',
      'usr/share/bash-completion/completions/clsync',
      'usr/share/zsh/vendor-completions/_clsync',
      'usr/share/fish/vendor_completions.d/clsync.fish',
      'usr/lib/systemd/system/clsync@.service',
      'usr/lib/sysusers.d/clsync.conf',
      'usr/lib/tmpfiles.d/clsync.conf',
      'etc/clsync/clsync.conf',
    ])
      assert.ok(listed.includes(` ./${path}`), path);
    assert.doesNotMatch(listed, /^\S+ (?!root\/root)/m, 'all belongs to root');
    const place = temporaryDirectory(scope);
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      ['--mount', '--propagation', 'private', 'sh', '-c', ON_A_COPY, 'sh', place, file, USED],
      { encoding: 'utf8' },
    );
    if (status === CANNOT) return scope.skip('no overlay file system here');
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^(?:the configuration is right\n){3}\[site\]/);
    assert.match(stdout, /the configuration is right\nmirrored\nstill paused\n# mine\n/);
    assert.doesNotMatch(stdout, /^left: /m);
  },
);

function needsDpkg(): string | false {
  // Another one is not on the copy.
  if (!process.execPath.startsWith('/usr/')) return 'Node is not in /usr';
  return fs.existsSync('/usr/bin/dpkg-deb') ? false : 'needs dpkg-deb';
}
