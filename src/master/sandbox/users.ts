/** The system users that roles run as where they exist (systemd/clsync.sysusers). */
export const SYSTEM_USERS = { watcher: 'clsync-watcher', executor: 'clsync-handler' } as const;

/**
 * systemd's range of dynamic users (61184-65519), from which a role without a system user takes an
 * unused uid.
 */
export const DYNAMIC_UIDS = { first: 61184, last: 65519 } as const;
