/** Mode simple: one call for each entry. */
import { ROOT, join } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import type { Entry } from '../../shared/entry.js';
import { words } from '../run/runner.js';
import { callHandler, commandOf } from './handler-call.js';
import type { Mode, Services, Situation, Step } from './mode.js';

const DEFAULT = words('sync', '%label%', '%EVENT-MASK%', '%INCLUDE-LIST%');

export class Simple implements Mode {
  constructor(private readonly services: Services) {}

  commands(): string[] {
    return [commandOf(this.services, this.template())];
  }

  plan(entries: readonly Entry[], situation: Situation): Step[] {
    return entries.map((entry) => ({
      entries: [entry],
      isEvent: true,
      uncounted: !situation.initial,
      run: () => this.call(entry, situation),
    }));
  }

  private call({ path, mask }: Entry, situation: Situation) {
    const { watchDirectory } = this.services.settings();
    const absolute = path === ROOT ? watchDirectory : join(watchDirectory, path);
    const texts = {
      TYPE: 'sync' as BytePath,
      'EVENT-MASK': String(mask) as BytePath,
      'INCLUDE-LIST': absolute,
    };
    return callHandler(this.services, { template: this.template(), texts }, situation);
  }
  private template(): readonly BytePath[] {
    return this.services.settings().handlerArguments ?? DEFAULT;
  }
}
