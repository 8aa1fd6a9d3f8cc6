/**
 * What npm runs when it installs the package: node dist/roles/install.js. Where the native parts
 * that the package has for x86-64 and arm64 cannot be used, as with another C library or Node.js,
 * it compiles them. Then it has V8 compile the programs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { FILES } from '../shared/layout.js';

const { root } = FILES;
/** The statuses with which programs say how they are used. */
const USAGE = { launcher: 200, objectHost: 22 } as const;

/** In a process of its own, as what was made for another system may end it. */
function loads(places: readonly string[]): boolean {
  return places.some((place) => {
    const { status } = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', place], {
      cwd: root,
      stdio: 'ignore',
    });
    return status === 0;
  });
}

function starts(program: keyof typeof USAGE): boolean {
  return spawnSync(FILES[program], { stdio: 'ignore' }).status === USAGE[program];
}

function runs(command: string, words: readonly string[], more: NodeJS.ProcessEnv = {}): boolean {
  const { status, error } = spawnSync(command, words, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...more },
  });
  if (error !== undefined) process.stderr.write(`${command}: ${error.message}\n`);
  return status === 0;
}

/** Another npm, which must not take this one for its own. */
function fetchPosix(): boolean {
  const { devDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const wanted = `posix@${devDependencies['posix'] ?? ''}`;
  const words = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  const { npm_execpath: npm } = process.env;
  const place = ['--prefix', `${root}build`, '--no-global', wanted];
  return npm === undefined
    ? runs('npm', [...words, ...place])
    : runs(process.execPath, [npm, ...words, ...place], { npm_config_global: '' });
}

function install(): string | undefined {
  const { addon } = FILES;
  const fit = existsSync(addon) && loads([addon]) && starts('launcher') && starts('objectHost');
  if (!fit && !runs('make', ['-s', '-C', `${root}src/native`]))
    return 'the native parts cannot be compiled: install make and gcc';
  if (!loads(['posix', ...FILES.posix]) && !fetchPosix())
    return 'the package posix cannot be compiled: install make, g++ and python3';
  const compiler = `${root}dist/roles/compile-programs.js`;
  if (!runs(process.execPath, [compiler])) return 'the programs cannot be compiled';
  return undefined;
}

const failure = install();
if (failure !== undefined) {
  process.stderr.write(`error: ${failure}, and install clsync again\n`);
  process.exitCode = 1;
}
