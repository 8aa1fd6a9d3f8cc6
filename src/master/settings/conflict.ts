/** A row of the table of combinations that make no sense, and what it asks. */
import type { ModeTraits } from '../../shared/modes.js';
import type { OptionName } from '../options/table.js';

export interface Conflict {
  /** The option that the error names. */
  readonly option: OptionName;
  readonly when: (is: Question) => boolean;
  readonly because: string;
  /** What to do, where leaving one of both out is not all. */
  readonly remedy?: string;
}

/** What a row asks: whether a flag is on, or another option has a value that is not empty. */
export type Question = ((name: OptionName) => boolean) & {
  readonly mode: ModeTraits;
  /** Options that the user gives in any source, and not only to switch off what another has. */
  readonly given: ReadonlySet<OptionName>;
  readonly threading: string;
  /** The user gave arguments for the handler. */
  readonly ownArguments: boolean;
  /** What a handler gets says nothing of the destination. */
  readonly isBlind: boolean;
  readonly pivotRoot: string;
  /** Milliseconds. */
  readonly settle: number;
  readonly settleLimit: number;
  readonly mirrorSetid: string;
  readonly mirrorDevices: string;
  readonly view: string;
};
