import { wantsDocumentedArguments } from './handler-call.js';
import { Listing } from './listing.js';
import type { Mode, Services } from './mode.js';
import { EventPlugin, ListPlugin } from './plugin/plugin.js';
import { RsyncLists } from './rsync/lists.js';
import { RsyncPatterns } from './rsync/patterns.js';
import { Simple } from './simple.js';

export function createMode(services: Services): Mode {
  const { mode, handlerArguments, rsyncPreferInclude } = services.settings();
  const listsInFiles =
    handlerArguments !== undefined || rsyncPreferInclude || wantsDocumentedArguments(services);
  switch (mode) {
    case 'simple':
      return new Simple(services);
    case 'direct':
    case 'shell':
      return new Listing(services);
    case 'rsyncdirect':
      return listsInFiles ? new RsyncPatterns(services) : new RsyncLists(services);
    case 'rsyncshell':
      return new RsyncPatterns(services);
    case 'so':
      return new EventPlugin(services);
    case 'rsyncso':
      return new ListPlugin(services);
  }
}
