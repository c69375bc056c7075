import { toProxyError } from '../base/errors.ts';
import type { Lack } from '../http/operations.ts';

/** What a failed readiness check says is missing; nothing when it passes. */
export async function lackOf(check: () => Promise<void>): Promise<Lack[]> {
  try {
    await check();
    return [];
  } catch (thrown) {
    const { publicMessage, facts } = toProxyError(thrown);
    return [{ what: publicMessage, ...(facts.fix === undefined ? {} : { fix: facts.fix }) }];
  }
}
