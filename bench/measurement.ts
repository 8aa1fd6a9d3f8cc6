/** What a scenario finds out about a contender. */
export interface Measurement {
  /** Empty when the expected state was not reached within `PATIENCE`. */
  readonly milliseconds: readonly number[];
  /** Seconds of processor time of all processes of the contender; not everywhere measured. */
  readonly processor?: number;
  /** Objects that were still wrong at the destination some seconds after all names had arrived. */
  readonly wrong: number;
  /** Files whose content was copied, where none had to be. */
  readonly copied?: number;
}
