/**
 * The options as they apply to one role. Options for handlers apply to the executor, which has the
 * same rights. The watcher is always confined as strictly as possible.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { Mirrored } from '../../shared/seccomp/special.js';
import { hasSockets } from './grants.js';
import type { Capability } from './capabilities.js';
import type { SandboxSettings } from './settings.js';
import { showsPasswd } from './system-files.js';

/**
 * What an executor that copies itself has besides the mirror profile: programs with capabilities
 * keep them at the destination.
 */
export const TO_COPY: readonly Capability[] = ['SETFCAP'];

export interface RoleTerms {
  /** Ids chosen by the user. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /**
   * `--compat`: the starter's ids unless the user chooses others, the host's file system, no
   * filters.
   */
  readonly compat: boolean;
  /** It keeps the starter's ids where it could have its own. */
  readonly startersIds: boolean;
  /** Capabilities it must get, by name; undefined: its profile, as far as available. */
  readonly capabilities: readonly Capability[] | undefined;
  /** The part of its profile that it may keep, with CAP_; undefined: all. */
  readonly kept: readonly string[] | undefined;
  /** Capabilities besides its profile, which nothing that it starts gets. */
  readonly further: readonly Capability[];
  readonly network: boolean;
  /** It may make Unix sockets, as it is granted one. */
  readonly sockets: boolean;
  /** What it may make. */
  readonly mirrored: Mirrored;
  /** It may execute memory it has written. */
  readonly jit: boolean;
  readonly view: SandboxSettings['view'];
  readonly chroot: BytePath | undefined;
  /** Mounts to keep; undefined: all. */
  readonly mountPoints: readonly BytePath[] | undefined;
  /** The root directory under `chroot` cannot be written. */
  readonly rootReadOnly: boolean;
  /** It uses the host's pid namespace. */
  readonly hostNumbers: boolean;
  /** It has private temporary directories, and the links in /dev that programs expect. */
  readonly ownPlaces: boolean;
  /** It may only execute the files known at the start. */
  readonly fixedExecutables: boolean;
  /** Files it writes may belong to any of the starter's groups. */
  readonly writesForGroups: boolean;
}

/** A role that starts no program: what options grant to handlers is nothing to it. */
const WITHOUT_PROGRAMS = {
  compat: false,
  startersIds: false,
  sockets: false,
  jit: false,
  view: 'strict',
  chroot: undefined,
  mountPoints: undefined,
  rootReadOnly: false,
  hostNumbers: false,
  ownPlaces: false,
} as const satisfies Partial<RoleTerms>;

export function watcherTerms(settings: SandboxSettings): RoleTerms {
  // Under --compat these ids are those of handlers, which the privileged process starts in the C
  // program.
  const { compat, privilegedUid, privilegedGid } = settings;
  return {
    uid: compat ? undefined : privilegedUid,
    gid: compat ? undefined : privilegedGid,
    ...WITHOUT_PROGRAMS,
    capabilities: undefined,
    kept: settings.preservedCapabilities,
    further: [],
    network: settings.detachNetwork === 'off',
    mirrored: { setid: false, devices: false },
    fixedExecutables: false,
    writesForGroups: false,
  };
}

export function executorTerms(settings: SandboxSettings): RoleTerms {
  const terms = termsWithPrograms(settings);
  return settings.executes ? terms : { ...terms, ...ALONE };
}

/** An executor that starts no program executes Node, at its start. */
const ALONE = {
  ...WITHOUT_PROGRAMS,
  network: false,
  fixedExecutables: true,
} as const satisfies Partial<RoleTerms>;

function termsWithPrograms(settings: SandboxSettings): RoleTerms {
  const { compat, view, detachNetwork } = settings;
  return {
    uid: settings.handlerUid ?? (compat ? settings.privilegedUid : settings.uid),
    gid: settings.handlerGid ?? (compat ? settings.privilegedGid : settings.gid),
    compat,
    // ssh runs only for a uid with an entry in the password database. If that is shown unchanged,
    // only the starter's entry leads to the right keys.
    startersIds: compat || (settings.remoteDestination && showsPasswd(settings)),
    capabilities: settings.handlerCapabilities,
    kept: undefined,
    further: settings.copies ? TO_COPY : [],
    network:
      detachNetwork === 'off' ||
      (detachNetwork !== 'everywhere' && !(settings.localTransfer && !settings.handlerNetwork)),
    sockets: hasSockets(settings),
    mirrored: settings.mirrored,
    jit: settings.jit,
    view,
    chroot: settings.chroot,
    mountPoints: settings.mountPoints,
    rootReadOnly: settings.pivotRoot === 'auto-ro',
    // Handlers that work with other programs of the host need the numbers of the host, in pid files
    // for example.
    hostNumbers: compat || view === 'host',
    ownPlaces: true,
    fixedExecutables: settings.checkExecutables,
    writesForGroups: true,
  };
}
