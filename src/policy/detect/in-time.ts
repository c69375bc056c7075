import { isNativeError } from 'node:util/types';
import { createContext, Script } from 'node:vm';

/**
 * Runs work that may not end for so many milliseconds at most, and says whether it came to its end. A regular expression
 * looks for an interrupt at each step back, so that even a search of centuries ends in time; a plain call has none.
 */
export function timeGuard(timeout: number): (work: () => void) => boolean {
  const call = new Script('work()');
  const world = createContext({ work: () => {} });
  return (work) => {
    world['work'] = work;
    try {
      call.runInContext(world, { timeout });
      return true;
    } catch (error) {
      // It is of that world, whose Error is another one.
      if (isNativeError(error) && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
      throw error;
    }
  };
}
