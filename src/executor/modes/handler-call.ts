/**
 * One call of a handler with the user's or the documented arguments: writes the lists, expands the
 * arguments, runs the program, removes the lists.
 */
import { display, fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { MODE_TRAITS, runsRsync } from '../../shared/modes.js';
import { LIMITS } from '../../shared/messages.js';
import type { ExecutorSettings } from '../../shared/settings.js';
import { isRemote } from '../../shared/places.js';
import { expand } from '../run/arguments.js';
import { Complaints } from '../run/complaints.js';
import type { ListFile, ListKind } from '../lists/list-files.js';
import { exactly, fromTemplate } from '../run/permitted.js';
import { UNKNOWN_CODES } from '../schedule/verdict.js';
import type { ExitCodes } from '../schedule/verdict.js';
import { ENDED, failureOf } from './failure.js';
import { addNames } from './rsync/names.js';
import { environmentOf } from './mode.js';
import type { Failure } from './failure.js';
import type { Services, Situation } from './mode.js';

export interface HandlerCall {
  readonly template: readonly BytePath[];
  /** Values of `%NAME%` where it is an argument of its own: it becomes that many arguments. */
  readonly words?: Readonly<Record<string, readonly BytePath[]>>;
  /** Values of `%NAME%` within an argument. */
  readonly texts?: Readonly<Record<string, BytePath>>;
  /**
   * List files, by the substitution that becomes their path; written only when the arguments use
   * it.
   */
  readonly lists?: Readonly<
    Record<string, { readonly kind: ListKind; readonly content: () => Buffer }>
  >;
  /** Undefined: the meaning of the handler's exit codes is not known. */
  readonly codes?: ExitCodes;
}

/** Whether the handler is told the paths, so that a call for a part of them is another call. */
export function tellsPaths(template: readonly BytePath[]): boolean {
  return template.some((word) => word.includes('%INCLUDE-LIST'));
}

export async function callHandler(
  services: Services,
  call: HandlerCall,
  situation: Situation,
): Promise<Failure | undefined> {
  if (services.ending()) return ENDED;
  const settings = services.settings();
  const written: ListFile[] = [];
  const texts: Record<string, () => BytePath> = {};
  for (const [name, text] of Object.entries(call.texts ?? {})) texts[name] = () => text;
  for (const [name, { kind, content }] of Object.entries(call.lists ?? {})) {
    let path: BytePath | undefined;
    texts[name] = () => {
      if (path !== undefined) return path;
      const file = services.lists.write(kind, content());
      written.push(file);
      return (path = file.path);
    };
  }
  try {
    const words = expand(call.template, {
      words: call.words ?? {},
      texts,
      options: settings.substitutions,
    });
    const program = handlerOf(services);
    services.report('debug1', `running ${commandLine([program, ...words])}`);
    const { codes = UNKNOWN_CODES } = call;
    const named = new Set<BytePath>();
    const refusals = new Complaints(settings.reach, isToOtherHost(settings), (line) => {
      if (codes.partial.length > 0) addNames(named, line);
    });
    const ending = await services.runner.run({
      words: [program, ...words],
      directory: settings.watchDirectory,
      environment: environmentOf(settings, situation),
      // Without `reach` the handler has all rights of the daemon's starter. It inherits the
      // daemon's standard error then.
      ...(settings.reach && { errors: refusals }),
      timeout: settings.timeoutSync,
      by: 'loaded',
    });
    const { hint, grave, full } = refusals;
    const failure = failureOf({ ending, codes, grave, full }, settings);
    return (
      failure && {
        ...failure,
        named,
        divisible: tellsPaths(call.template),
        denied: failure.denied || refusals.denied,
        hint,
      }
    );
  } finally {
    for (const file of written) file.release();
  }
}

/** For the log: no longer than one record. */
function commandLine(words: readonly BytePath[]): string {
  let line = '';
  for (const [index, word] of words.entries()) {
    if (line.length >= LIMITS.text) break;
    line += (index > 0 ? ' ' : '') + display(word);
  }
  return line;
}

/** Whether the destination, or an argument that rsync(1) takes for a place, is on another host. */
export function isToOtherHost({ destination, handlerArguments = [] }: ExecutorSettings): boolean {
  return [destination, ...handlerArguments].some((word) => word !== undefined && isRemote(word));
}

/** A pattern for `Permitted` that matches calls with this template. */
export function commandOf(services: Services, template: readonly BytePath[]): string {
  return exactly(handlerOf(services)) + fromTemplate(template, services.settings().substitutions);
}

/**
 * The user's handler, or the default program of the mode. The master refuses to start when a mode
 * without a default has no handler.
 */
export function handlerOf({ settings }: Services): BytePath {
  const { handler, mode } = settings();
  return handler ?? fromText(MODE_TRAITS[mode].handler as string);
}

/**
 * Whether it is rsync itself. Another program in its place (echo, a recording script) writes to the
 * user directly.
 */
export function isRsync(program: BytePath): boolean {
  return /(^|\/)rsync$/.test(program);
}

/**
 * Whether the handler is a program in rsync's place that was written for the C program: it parses
 * the documented arguments, and does not know the options we would add.
 */
export function wantsDocumentedArguments(services: Services): boolean {
  const { mode, documentedArguments } = services.settings();
  return runsRsync(mode) && documentedArguments && !isRsync(handlerOf(services));
}

/**
 * A relative path as an argument. `./` goes before a leading dash, as most programs would take it
 * for an option.
 */
export function asArgument(path: BytePath): BytePath {
  return (path.startsWith('-') ? `./${path}` : path) as BytePath;
}
