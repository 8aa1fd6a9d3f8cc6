/** The first words that are no options: `clsync WORD`. */
export const FIRST_WORDS = {
  ctl: 'ask and steer running daemons',
  init: 'write a first configuration',
  verify: 'compare a source with its copy',
  web: 'show all daemons in a browser',
} as const;
