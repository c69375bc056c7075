import { type ErrorCode, toProxyError } from '../base/errors.ts';
import type { Call } from '../converse/call.ts';
import { collector } from '../converse/collect.ts';
import type { Answer } from '../converse/events.ts';
import type { Layer } from './layer.ts';

/** What was said in one call; `answer` is absent when it was not whole. */
export type Bodies = { call: Call; answer: Answer | undefined; code: ErrorCode | undefined };

/** Hands out what was asked and answered, as the client has it, when a call is over. `take` must not throw. */
export function withBodies(take: (bodies: Bodies) => void): Layer {
  return (next) =>
    async function* heard(call) {
      const fold = collector();
      let code: ErrorCode | undefined;
      try {
        for await (const batch of next(call)) {
          fold.add(batch);
          yield batch;
        }
      } catch (thrown) {
        code = toProxyError(thrown).code;
        throw thrown;
      } finally {
        take({ call, answer: fold.answer(), code });
      }
    };
}
