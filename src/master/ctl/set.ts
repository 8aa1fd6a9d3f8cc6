/** `clsync ctl SET`: also where the daemon may not read a new rules file. */
import { ControlError } from '../../client/control.js';
import type { ControlClient } from '../../client/control.js';
import { fromText, toBuffer } from '../../shared/bytes.js';
import type { BytePath } from '../../shared/bytes.js';
import { REPLY } from '../../shared/control.js';
import { absolute } from '../../shared/program-search.js';
import { findOption } from '../options/table.js';
import { startDirectory } from '../paths.js';
import { readFile } from '../read-file.js';
import { judgeOf } from '../trust.js';

/** Of a rules file that the daemon may not read, it gets what we may read. */
export async function set(client: ControlClient, option: string, value: string): Promise<void> {
  try {
    await client.set(option, value);
  } catch (error) {
    const isRefused = error instanceof ControlError && error.reply === REPLY.invalid;
    if (!isRefused || findOption(option) !== 'rules-file') throw error;
    const path = absolute(fromText(value), startDirectory());
    const rules = readable(path);
    if (rules === undefined) throw error;
    await client.setRules(toBuffer(path).toString('utf8'), rules);
  }
}

/** undefined: it is not ours to read, or others could have changed it. */
function readable(path: BytePath): Buffer | undefined {
  try {
    return readFile(path, { judge: judgeOf({ trustFiles: false }) }).bytes;
  } catch {
    return undefined;
  }
}
