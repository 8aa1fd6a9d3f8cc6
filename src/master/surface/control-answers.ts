/** How commands of the control socket are answered, and refused. */
import { encodeLine, REPLY } from '../../shared/control.js';
import type { ControlMessage } from '../../shared/control.js';
import { ClsyncError } from '../../shared/errors.js';
import type { Rights } from './control-rights.js';

export interface Answer {
  readonly reply: Buffer;
  /** Whether the connection is closed after this reply. */
  readonly last?: boolean;
}

/** A client's connection. */
export interface Session {
  readonly rights: Rights;
  /** Sends a part of an answer. Returns whether the client keeps up. */
  send(part: Buffer): boolean;
  /** Sends a row before the answer; resolves when it may send another. */
  row(bytes: Buffer): Promise<void>;
  /** Aborted when the client goes away. */
  readonly gone: AbortSignal;
  /** What has come of a file that takes several commands. */
  upload: Buffer[];
}

/** Rethrows what is no error of the user. */
export function failed(request: ControlMessage, error: unknown): Answer {
  if (!(error instanceof ClsyncError)) throw error;
  return rejected(request, REPLY.failed, error.message);
}

export function invalid(request: ControlMessage, why: string): Answer {
  return rejected(request, REPLY.invalid, `Invalid arguments: ${why}`);
}

export function denied(request: ControlMessage, why: string): Answer {
  return rejected(request, REPLY.denied, `Permission denied: ${why}`);
}

function rejected({ number, command }: ControlMessage, reply: number, why: string): Answer {
  return {
    reply: encodeLine(
      number,
      reply,
      [String(command), String(number)],
      `Rejected command: id == ${command}; num == ${number}. ${why}`,
    ),
  };
}
