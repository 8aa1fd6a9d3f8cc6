/** Makes the mode that the settings name. */
import { wantsDocumentedArguments } from './handler-call.js';
import { Listing, PATHS_AS_ARGUMENTS, PATHS_IN_LIST } from './listing.js';
import { Mirror } from './mirror/mirror.js';
import type { Mode, Services } from './mode.js';
import { EventPlugin, ListPlugin } from './plugin/plugin.js';
import { RsyncLists } from './rsync/lists.js';
import { RUNNING_RSYNC, RUNNING_SCRIPT, RsyncPatterns } from './rsync/patterns.js';
import { Simple } from './simple.js';

export function createMode(services: Services): Mode {
  const { mode, handlerArguments, rsyncPreferInclude } = services.settings();
  const listsInFiles =
    handlerArguments !== undefined || rsyncPreferInclude || wantsDocumentedArguments(services);
  switch (mode) {
    case 'simple':
      return new Simple(services);
    case 'direct':
      return new Listing(services, PATHS_AS_ARGUMENTS);
    case 'shell':
      return new Listing(services, PATHS_IN_LIST);
    case 'rsyncdirect':
      return listsInFiles ? new RsyncPatterns(services, RUNNING_RSYNC) : new RsyncLists(services);
    case 'rsyncshell':
      return new RsyncPatterns(services, RUNNING_SCRIPT);
    case 'so':
      return new EventPlugin(services);
    case 'mirror':
      return new Mirror(services);
    case 'rsyncso':
      return new ListPlugin(services);
  }
}
