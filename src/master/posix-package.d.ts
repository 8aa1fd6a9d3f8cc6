/** The used part of the package posix, which has no type declarations. */
declare module 'posix' {
  interface User {
    readonly name: string;
    readonly uid: number;
    readonly gid: number;
  }
  interface Group {
    readonly name: string;
    readonly gid: number;
    readonly members: readonly string[];
  }
  const posix: {
    /** getpwnam(3), or getpwuid(3) for a number. Throws when there is no such user. */
    getpwnam(user: string | number): User;
    /** getgrnam(3), or getgrgid(3) for a number. Throws when there is no such group. */
    getgrnam(group: string | number): Group;
    /** getrlimit(2); `resource` in lower case without RLIMIT_; null: no limit. */
    getrlimit(resource: string): { readonly soft: number | null; readonly hard: number | null };
  };
  export default posix;
}
