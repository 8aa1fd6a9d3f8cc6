/** A daemon of which nobody asks anything, for tests of the control socket. */
import type { InstanceStatus } from '../../src/shared/control-status.js';
import type { Steering } from '../../src/master/surface/steering-commands.js';

export const NO_STEERING: Steering = {
  status: () => ({}) as InstanceStatus,
  pending: () => Promise.resolve([]),
  events: { recent: [], subscribe: () => () => undefined },
  pause: () => undefined,
  flush: () => Promise.resolve({ left: 0, text: '' }),
  compare: () => Promise.resolve({ differences: [], failures: 0, text: '' }),
  resyncPath: () => undefined,
  logLevel: () => undefined,
  reload: () => [],
};

/** A client that takes nothing but the answers. */
export const NO_CLIENT = {
  send: () => true,
  row: () => Promise.resolve(),
  gone: new AbortController().signal,
  upload: [],
};
