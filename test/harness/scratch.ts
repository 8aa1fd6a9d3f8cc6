/** Directories and settings for tests of the executor. */
import { mkdtempSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromText } from '../../src/shared/bytes.js';
import type { BytePath } from '../../src/shared/bytes.js';
import { FILES } from '../../src/shared/layout.js';
import type { ExecutorSettings } from '../../src/shared/settings.js';

/** A new directory with a source and a destination; `remove` removes it. */
export class Scratch {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'executor-test-')));
  readonly source = join(this.root, 'source');
  readonly destination = join(this.root, 'destination');

  constructor() {
    mkdirSync(this.source);
    mkdirSync(this.destination);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  settings(changes: Partial<ExecutorSettings> = {}): ExecutorSettings {
    return {
      watchDirectory: fromText(this.source),
      rules: [],
      destination: fromText(this.destination),
      logLevel: 'debug5',
      mode: 'rsyncdirect',
      label: fromText('nolabel'),
      substitutions: {
        label: fromText('nolabel'),
        'watch-dir': fromText(this.source),
        'destination-dir': fromText(this.destination),
      },
      documentedArguments: false,
      awaitStatus: false,
      checkArguments: false,
      trustFiles: false,
      delayCollect: 0,
      delayCollectBig: 0,
      settle: 0,
      settleLimit: 0,
      delaySync: 0,
      timeoutSync: 0,
      retries: 1,
      ignoreFailures: false,
      ignoredExitCodes: [],
      exitCodePolicy: [],
      keepConnection: false,
      threading: 'off',
      rsyncInclimit: 20000,
      rsyncPreferInclude: false,
      twoWay: false,
      haveRecursiveSync: false,
      synclistSimplify: false,
      dontUnlinkLists: false,
      syncsToDisk: false,
      backupKeep: 0,
      verifyInterval: 0,
      oneFileSystem: false,
      allowFuse: false,
      starter: 0,
      leftOut: [],
      temporaryDirectory: fromText(this.root),
      skipInitialSync: false,
      onlyInitialSync: false,
      fullInitialSync: false,
      exitOnNoEvents: false,
      maxIterations: 0,
      syncOnQuit: false,
      environment: [`PATH=${process.env['PATH'] ?? ''}` as BytePath],
      launcher: fromText(FILES.launcher),
      ...changes,
    };
  }
}
