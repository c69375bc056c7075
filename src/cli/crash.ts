import { faultText } from '../base/fault-text.ts';
import { createScrubber } from '../observe/scrub.ts';
import { exitCodes } from './exit-codes.ts';
import type { Failure } from './output.ts';

/** How a fault of our own is told: never with the error's own properties, where clients of AWS keep the signed request. */
export function ownFault(thrown: unknown): Failure {
  return {
    error: 'claude-bedrock stopped because of a fault of its own',
    cause: createScrubber().scrub(faultText(thrown)),
    fix: 'report it with these lines',
  };
}

/** A file or folder that the system does not let us use is no fault of ours; undefined for everything else. */
export function fileFault(thrown: unknown): Failure | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || !('path' in thrown)) return undefined;
  if (typeof thrown.path !== 'string' || !fileCodes.has(String(thrown.code))) return undefined;
  return {
    error: `${thrown.path} cannot be used`,
    cause: thrown.message,
    fix: 'see who owns it and who may write it; claude-bedrock doctor looks at our own folders',
  };
}

const fileCodes = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EEXIST', 'EISDIR', 'ENOTDIR', 'ELOOP']);

/** Ends the process after an error that nothing caught; what node itself would print holds every property of it. */
export function crash(thrown: unknown, write: (text: string) => void): void {
  // Whoever read our output went away (`… | head`): the work is not worth less for it.
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EPIPE') return;
  const { error, cause, fix } = ownFault(thrown);
  write(`error: ${error}\ncause: ${cause}\nfix: ${fix}\n`);
  process.exit(exitCodes.failed);
}
