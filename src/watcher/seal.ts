/** What the watcher gives up once its modules are loaded. */
import { seal } from '../shared/seal.js';
import { WATCHER_SEAL } from '../shared/seccomp/tables.js';

export function sealWatcher(): void {
  seal(WATCHER_SEAL);
}
