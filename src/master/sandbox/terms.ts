/**
 * What the options mean for one role. Options that are about handlers are about the executor, which
 * has the same rights as they; the watcher is as confined as can be, whatever they say.
 */
import type { BytePath } from '../../shared/bytes.js';
import type { SandboxSettings } from './settings.js';
import { showsPasswd } from './system-files.js';

export interface RoleTerms {
  /** Ids that the user chose. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  /**
   * The starter's ids, unless the user chose others; the host as it is; no filters (`--compat`).
   */
  readonly compat: boolean;
  /** The starter's ids, whether or not there are others. */
  readonly startersIds: boolean;
  /** Capabilities that it must get, by name; undefined: its profile, as far as they are there. */
  readonly capabilities: readonly string[] | undefined;
  /** Of its profile, those that it may keep, with CAP_; undefined: all. */
  readonly kept: readonly string[] | undefined;
  readonly network: boolean;
  /** It may execute what it has written to memory. */
  readonly jit: boolean;
  readonly view: SandboxSettings['view'];
  readonly chroot: BytePath | undefined;
  /** Mounts to keep; undefined: all. */
  readonly mountPoints: readonly BytePath[] | undefined;
  /** The root directory under `chroot` cannot be written. */
  readonly rootReadOnly: boolean;
  /** It has the host's process numbers, and can be found by them. */
  readonly hostNumbers: boolean;
  /** Temporary directories of its own, and the links in /dev that programs expect. */
  readonly ownPlaces: boolean;
  /** Only the files known at the start are executed. */
  readonly fixedExecutables: boolean;
  /** What it writes belongs to the starter's groups, too. */
  readonly writesForGroups: boolean;
}

export function watcherTerms(settings: SandboxSettings): RoleTerms {
  // In the C program these ids are those of handlers, which the privileged process starts.
  const { compat, privilegedUid, privilegedGid } = settings;
  return {
    uid: compat ? undefined : privilegedUid,
    gid: compat ? undefined : privilegedGid,
    compat: false,
    startersIds: false,
    capabilities: undefined,
    kept: settings.preservedCapabilities,
    network: settings.detachNetwork === 'off',
    jit: false,
    view: 'strict',
    chroot: undefined,
    mountPoints: undefined,
    rootReadOnly: false,
    hostNumbers: false,
    ownPlaces: false,
    fixedExecutables: false,
    writesForGroups: false,
  };
}

export function executorTerms(settings: SandboxSettings): RoleTerms {
  const { compat, view, detachNetwork } = settings;
  return {
    uid: settings.handlerUid ?? (compat ? settings.privilegedUid : settings.uid),
    gid: settings.handlerGid ?? (compat ? settings.privilegedGid : settings.gid),
    compat,
    // ssh works for users only that the password database knows, and where that is shown as it is
    // there is none but the starter whose keys it finds.
    startersIds: compat || (settings.remoteDestination && showsPasswd(settings)),
    capabilities: settings.handlerCapabilities,
    kept: undefined,
    network:
      detachNetwork === 'off' ||
      (detachNetwork !== 'everywhere' && !(settings.localTransfer && !settings.handlerNetwork)),
    jit: settings.jit,
    view,
    chroot: settings.chroot,
    mountPoints: settings.mountPoints,
    rootReadOnly: settings.pivotRoot === 'auto-ro',
    // Handlers that work with the host's other programs find them by the numbers they have there
    // (in pid files, say), and are found by theirs.
    hostNumbers: compat || view === 'host',
    ownPlaces: true,
    fixedExecutables: settings.checkExecutables,
    writesForGroups: true,
  };
}
