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

/** Ends the process after an error that nothing caught; what node itself would print holds every property of it. */
export function crash(thrown: unknown, write: (text: string) => void): void {
  // Whoever read our output went away (`… | head`): the work is not worth less for it.
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EPIPE') return;
  const { error, cause, fix } = ownFault(thrown);
  write(`error: ${error}\ncause: ${cause}\nfix: ${fix}\n`);
  process.exit(exitCodes.failed);
}
