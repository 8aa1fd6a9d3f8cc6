/** Records that a role sends to the master's log: one line each. */
export const LEVELS = [
  'error',
  'warning',
  'info',
  'debug1',
  'debug2',
  'debug3',
  'debug4',
  'debug5',
] as const;
export type Level = (typeof LEVELS)[number];

export interface LogRecord {
  readonly level: Level;
  /** Plain words, without a final newline; paths in it have gone through `display`. */
  readonly text: string;
}

/** What a record may be about beside its words; the first: nothing that has a name. */
export const SUBJECTS = ['', 'failed'] as const;
export type Subject = (typeof SUBJECTS)[number];

export type Report = (level: Level, text: string, about?: Subject) => void;

/** Whether a record of this level is shown where `least` is the least important one shown. */
export function isShown(level: Level, least: Level): boolean {
  return LEVELS.indexOf(level) <= LEVELS.indexOf(least);
}
