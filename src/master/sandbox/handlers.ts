/** What handlers, hooks and plug-ins may do, and what they lose besides what the executor lacks, which starts them. */
import type { HandlerConfinement } from '../../shared/settings.js';
import { maskOf } from './capabilities.js';
import { SCOPES } from './landlock.js';
import type { Mechanisms } from './mechanisms.js';
import type { RolePlan } from './plan.js';
import type { SandboxSettings } from './settings.js';

export function confineHandlers(settings: SandboxSettings, mechanisms: Mechanisms, { writtenCode, capabilities }: RolePlan): HandlerConfinement {
  const free = settings.compat;
  return {
    writtenCode,
    filter: !free && mechanisms.seccomp && settings.seccomp,
    // A wide view is asked for by who has handlers that work with other programs.
    scoped: !free && settings.view === 'strict' && mechanisms.landlock >= SCOPES.since ? Number(SCOPES.mask) : 0,
    superuser: (capabilities.permitted & maskOf(['CHOWN'])) !== 0n,
  };
}
