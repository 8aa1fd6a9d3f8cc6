import { ClsyncError } from '../../shared/errors.js';
import type { Mode, Services } from './mode.js';
import { RsyncLists } from './rsync-lists.js';

export function createMode(services: Services): Mode {
  const { mode, handlerArguments, rsyncPreferInclude } = services.settings();
  if (mode === 'rsyncdirect' && handlerArguments === undefined && !rsyncPreferInclude) return new RsyncLists(services);
  throw new ClsyncError('NOT_SUPPORTED', `--mode=${mode} with these options`);
}
