#!/usr/bin/env node
/**
 * The master. It reads the options, builds two sandboxes and starts in them
 *
 *     watcher   sees the tree, changes nothing      \ joined by a socketpair,
 *     executor  runs the handlers, sees little else / on which the changes travel
 *
 * and then only supervises: signals, control socket, log, pid and status files, restarts. No path
 * of the tree passes through it.
 */
import './without-ring.js'; // before anything else is loaded, since it may start the program again
import { createRequire } from 'node:module';
import { display, toBuffer } from '../shared/bytes.js';
import type { BytePath } from '../shared/bytes.js';
import { ClsyncError } from '../shared/errors.js';
import { FILES } from '../shared/layout.js';
import {
  isInBackground,
  leaveDescriptors,
  reportToCommand,
  startInBackground,
} from './background.js';
import { control } from './ctl/ctl.js';
import { Daemon } from './daemon.js';
import { init } from './init.js';
import { checkPattern } from './native.js';
import { optionRow } from './options/table.js';
import { explainSandbox } from './sandbox/explain.js';
import type { Assignment } from './settings/assignment.js';
import { parseCommandLine, readCommandLine } from './settings/command-line.js';
import { Configuration } from './settings/configuration.js';
import { variableOf } from '../shared/program-search.js';
import { withTwoDirectories } from './settings/two-directories.js';
import { readEnvironment } from './settings/environment.js';
import { load } from './settings/load.js';
import type { StartContext } from './settings/start-context.js';
import { startDirectory } from './paths.js';
import { listen, parseCustomSignals } from './signals.js';
import { forUser } from './start-error.js';
import { commandHelp, helpText, shortHelpText, versionText } from './surface/help.js';
import { earlyLogSettings, logSettings } from './surface/log-settings.js';
import { Log } from './surface/log.js';
import { UNNAMED } from './surface/log-outputs.js';
import { complain, print } from './surface/print.js';
import { VERIFIED } from '../shared/verification.js';
import { verify } from './verify.js';
import type { web } from '../web/main.js';

const log = new Log();
/** The bits of a umask for group and others. */
const OTHERS = 0o077;

async function main(words: readonly BytePath[]): Promise<number> {
  const around: StartContext = {
    directory: startDirectory(),
    environment: readEnvironment(),
    checkPattern,
  };
  const help = commandHelp(words);
  if (help !== undefined) return print(help);
  if (words[0] === 'ctl') return control(words.slice(1), around, print);
  if (words[0] === 'init') return init(words.slice(1), around, print);
  if (words[0] === 'web') return webLoaded()(words.slice(1).map(asText), print, complain);
  if (words[0] === 'verify') return await verifying(words.slice(1), around);
  const stray: string[] = [];
  const [configuration, operands] = configure(words, around, stray);
  const meant = withTwoDirectories(configuration, operands);
  if (meant !== configuration) stray.length = 0;
  return start(meant, words, around, stray);
}

async function start(
  configuration: Configuration,
  words: readonly BytePath[],
  around: StartContext,
  stray: readonly string[],
): Promise<number> {
  const { values, origin } = configuration.resolve();
  log.configure(logSettings(values));
  if (values.help !== '0') return print(values.help === 'all' ? helpText() : shortHelpText());
  if (values.version) return print(versionText());

  reportUnknownKeys(configuration, values['check-config']);
  const customSignals = parseCustomSignals(values['custom-signals'], origin('custom-signals'));
  if (values.background && !isInBackground()) return startInBackground(words, around);
  for (const sentence of stray) log.write('warning', sentence);
  const loaded = load(configuration, around);
  for (const warning of loaded.warnings) log.write('warning', warning);
  if (values['check-config'])
    for (const block of customSignals.values()) configuration.withBlock(block);
  if (values['check-config']) return print('the configuration is right\n');
  const form = values['explain-sandbox'];
  if (form === 'text' || form === 'json') {
    const others = loaded.others.map(({ sandbox }) => sandbox);
    const said = [...stray, ...loaded.warnings, ...loaded.notes];
    return print(explainSandbox([loaded.sandbox, ...others], form, said));
  }

  const label = values.label === optionRow('label').default ? undefined : display(values.label);
  log.begin({ shown: label ?? UNNAMED, field: label ?? display(values['config-block']) });
  const daemon = new Daemon(configuration, loaded, around, log);
  listen(daemon.orders, customSignals);
  const end = await daemon.run(() => {
    log.started();
    for (const note of loaded.notes) log.write('warning', note);
    if (!isInBackground()) return;
    log.letOthersGo();
    leaveDescriptors(log.descriptor);
    reportToCommand(0);
  });
  if (end.text !== '') log.last(end.text);
  else log.write('info', `ended with status ${end.exit}`, 'ended');
  return end.exit;
}

/** A program of its own, with libraries that no daemon loads. */
function webLoaded(): typeof web {
  return (createRequire(import.meta.url)(FILES.web) as { readonly web: typeof web }).web;
}

function asText(word: BytePath): string {
  return toBuffer(word).toString('utf8');
}

/** What keeps it from looking at all is no difference. */
async function verifying(words: readonly BytePath[], around: StartContext): Promise<number> {
  log.configure({ output: 'stderr', level: 'warning', quiet: false });
  try {
    return await verify(words, around, log, (daemon) => listen(daemon.orders, new Map()));
  } catch (error) {
    log.write('error', forUser(error).message);
    return VERIFIED.failed;
  }
}

/** `stray` is called with a warning for each argument that may be misplaced. */
function configure(
  words: readonly BytePath[],
  around: StartContext,
  stray: string[],
): [Configuration, readonly BytePath[]] {
  const commandLine: Assignment[] = [];
  try {
    const operands = parseCommandLine(
      words,
      (assignment) => commandLine.push(assignment),
      (sentence) => stray.push(sentence),
    );
    const home = variableOf(around.environment, 'HOME');
    const warn = (text: string): void => log.write('warning', text);
    return [Configuration.read(commandLine, operands, home, warn), operands];
  } catch (error) {
    const settings = earlyLogSettings(commandLine);
    if (settings !== undefined) log.configure(settings);
    throw error;
  }
}

function reportUnknownKeys(configuration: Configuration, strict: boolean): void {
  const [first] = configuration.unknownKeys;
  if (strict && first !== undefined) throw new ClsyncError('CONFIG_UNKNOWN_KEY', first);
  for (const sentence of configuration.unknownKeys) log.write('warning', sentence);
}

async function run(): Promise<void> {
  // A umask that masks the owner's bits would lock the daemon out of its own files.
  process.umask(process.umask(OTHERS) & OTHERS);
  try {
    process.exitCode = await main(readCommandLine());
  } catch (error) {
    const { message, exit } = forUser(error);
    log.last(message);
    process.exitCode = exit;
  }
  log.flush(); // first: whoever waits for the command reads what it has said
  reportToCommand(process.exitCode);
  process.exit();
}

void run();
