/** Colours for people: on a terminal only, and where they do not say that they want none. */
import { isatty } from 'node:tty';

const COLOUR = { bold: '1', red: '31', green: '32', yellow: '33', reverse: '7' } as const;
export type Colour = keyof typeof COLOUR;
export type Paint = (text: string, colour: Colour) => string;

/** In few letters, where the status has more; and its colour. */
export const STATUS: Readonly<Record<string, readonly [short: string, colour: Colour]>> = {
  running: ['running', 'green'],
  initsync: ['initsync', 'green'],
  starting: ['starting', 'yellow'],
  rehashing: ['rehashing', 'yellow'],
  'thread gc': ['running', 'green'],
  'synchandler error': ['error', 'red'],
  'deletions held': ['held', 'red'],
  'hold on': ['hold on', 'red'],
  preexit: ['ending', 'yellow'],
  terminating: ['ending', 'yellow'],
  exiting: ['ending', 'yellow'],
};

export const colourOf = (status: string, isPaused: boolean): Colour =>
  isPaused ? 'yellow' : (STATUS[status]?.[1] ?? 'yellow');

export const plain: Paint = (text) => text;

export function painter(hasColours: boolean): Paint {
  return hasColours ? (text, colour) => `\x1b[${COLOUR[colour]}m${text}\x1b[0m` : plain;
}

/** Whether an environment asks for none. */
export function wantsColours({ NO_COLOR: none = '', TERM: terminal }: NodeJS.ProcessEnv): boolean {
  return none === '' && terminal !== 'dumb';
}

/** For the standard output. */
export function outputPainter(environment: NodeJS.ProcessEnv): Paint {
  return painter(isatty(1) && wantsColours(environment));
}
