/** What statuses of daemons are made of, where it is no matter what they say of it. */
import type { Facts } from '../../src/master/surface/status.js';

export const FACTS: Facts = {
  clsync: '1.0',
  source: '/s',
  destination: '/d',
  mode: 'mirror',
  monitor: 'inotify',
  sandbox: '',
};
