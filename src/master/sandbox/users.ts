/** The system users of the roles, if they exist (systemd/clsync.sysusers). */
export const SYSTEM_USERS = { watcher: 'clsync-watcher', executor: 'clsync-handler' } as const;

/** systemd's range of dynamic users: a role without a system user takes an unused uid of it. */
export const DYNAMIC_UIDS = { first: 61184, last: 65519 } as const;
