/** Puts together what the monitor may do from the master's plan. */
import { fstatSync, statSync } from 'node:fs';
import { fromText } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { FILES } from '../../shared/layout.js';
import { compileFilter } from '../../shared/seccomp/filter.js';
import { CLERK_CALLS } from '../../shared/seccomp/clerk.js';
import { encodeSpecification } from '../../shared/specification-wire.js';
import { maskOf } from '../sandbox/capabilities.js';
import { executorsOf, membersOf } from '../sandbox/decision.js';
import type { Sandbox } from '../sandbox/decision.js';
import type { Held, Holding } from '../sandbox/held.js';
import { specifyRole } from '../sandbox/launch.js';
import { CLERK_CAPABILITIES, ROLES } from '../sandbox/roles.js';
import type { Member } from '../sandbox/roles.js';
import { STARTER } from '../starter.js';
import type { Frozen, FrozenFile, FrozenPlace, MemberDescriptors } from './frozen-wire.js';

/** What the monitor serves with besides starting the roles. */
export interface Services {
  readonly files: readonly FrozenFile[];
  /** What the master may look at: by the paths that it asks for, where these lead. */
  readonly looks: ReadonlyMap<BytePath, BytePath>;
}

/**
 * @param holding what the members are shown, open
 * @param monitor its process number
 * @param descriptors those of the monitor that each member gets
 */
export function freeze(
  sandbox: Sandbox,
  holding: Holding,
  { files, looks }: Services,
  monitor: number,
  descriptors: readonly MemberDescriptors[],
): Frozen {
  return {
    launcher: fromText(FILES.launcher),
    places: placesOf(sandbox, holding.all),
    owners: [...new Set([0, STARTER.euid, statSync('/').uid])],
    cgroup: sandbox.cgroup,
    files,
    looks: [...looks.values()],
    members: membersOf(sandbox).map((member, index) => {
      const held = holding.by(member);
      return {
        ...(descriptors[index] ?? { outputs: [] }),
        places: [...held.keys()].map((path) => [...holding.all.keys()].indexOf(path)),
        specification: encodeSpecification(specifyRole(member, sandbox, held, monitor)),
      };
    }),
    pairs: peers(membersOf(sandbox)),
    clerk: {
      capabilities: maskOf(CLERK_CAPABILITIES),
      filter: sandbox.filters
        ? compileFilter(CLERK_CALLS, { otherwise: 'ENOSYS', counted: true })
        : Buffer.alloc(0),
    },
  };
}

function placesOf(sandbox: Sandbox, held: Held): FrozenPlace[] {
  const { watchDirectory } = sandbox.settings;
  const destinations = executorsOf(sandbox).map(({ settings }) => settings.destination);
  return [...held].map(([path, opened]) => {
    const status = fstatSync(opened.descriptor);
    return {
      path: opened.path,
      isDirectory: status.isDirectory(),
      isOfAnyone: path === watchDirectory,
      isOnDisk: path === watchDirectory || destinations.includes(path),
      owner: status.uid,
    };
  });
}

/** In the order of the members, as each has its peers in. */
function peers(crew: readonly Member[]): (readonly [number, number])[] {
  return crew.flatMap((one, index) =>
    crew
      .slice(index + 1)
      .flatMap((other, distance) =>
        ROLES[one.role].peers.includes(other.role) ? [[index, index + 1 + distance] as const] : [],
      ),
  );
}
