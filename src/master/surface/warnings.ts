/** Errors of files that the daemon runs on without. */
import { ClsyncError } from '../../shared/errors.js';

export class Warnings {
  private last = '';

  /** @param warn called with each reason, but not twice running with the same */
  constructor(private readonly warn: (text: string) => void) {}

  /** Does it; a ClsyncError becomes a warning. */
  attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof ClsyncError)) throw error;
      if (error.message !== this.last) this.warn(error.message);
      this.last = error.message;
    }
  }
}
