/** The user who started the daemon: the master may have other ids later. */
export const STARTER = {
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  euid: process.geteuid?.() ?? 0,
} as const;
