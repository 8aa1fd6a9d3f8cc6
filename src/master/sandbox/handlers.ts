/** What handlers, hooks and plug-ins may do, and what they lose besides what the executor lacks, which starts them. */
import type { HandlerConfinement } from '../../shared/settings.js';
import { maskOf } from './capabilities.js';
import type { RolePlan } from './plan.js';
import type { SandboxSettings } from './settings.js';

export function confineHandlers({ view }: SandboxSettings, { writtenCode, capabilities, seccomp, landlock }: RolePlan): HandlerConfinement {
  return {
    writtenCode,
    filter: seccomp !== undefined,
    // A wide view is asked for by who has handlers that work with other programs.
    scoped: view === 'strict' ? Number(landlock?.scoped ?? 0n) : 0,
    superuser: (capabilities.permitted & maskOf(['CHOWN'])) !== 0n,
  };
}
