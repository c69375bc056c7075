import { ProxyError } from '../base/errors.ts';
import { isObject } from '../base/json.ts';
import { percentEncoded } from '../base/percent-encoded.ts';
import type { Call } from '../converse/call.ts';
import type { Accommodate } from './accommodation.ts';
import { ask, replyJson } from './ask.ts';
import type { Connection } from './connection.ts';
import { fitNative } from './fit-native.ts';

/** The input tokens of a call; undefined where the model has no count. */
export type CountTokens = (call: Call) => Promise<number | undefined>;

/** What says only that this model is not counted, or not for this identity: an estimate will do. */
const shrugs = new Set(['invalid_request', 'unsupported', 'forbidden', 'unknown_model']);

/**
 * Bedrock's CountTokens: free, for some models only, and by their bare ids (a profile is refused). Gives undefined for a
 * model that Bedrock does not count. Throws what any failed call throws.
 */
export function tokenCounter(connection: Pick<Connection, 'post'>, accommodate: Accommodate): CountTokens {
  return async (call) => {
    const { info, region } = call.target;
    if (!info.capabilities.countTokens) return undefined;
    try {
      const reply = await ask(connection, {
        region,
        model: info.id,
        path: `/model/${percentEncoded(info.id)}/count-tokens`,
        accept: 'application/json',
        body: JSON.stringify({ input: inputOf(call, accommodate) }),
        idleMs: 60_000,
        signal: call.signal,
      });
      const body = await replyJson(reply);
      const count = isObject(body) ? body['inputTokens'] : undefined;
      return typeof count === 'number' ? count : undefined;
    } catch (error) {
      if (error instanceof ProxyError && shrugs.has(error.code)) return undefined;
      throw error;
    }
  };
}

/** Either operation's own body. */
function inputOf(call: Call, accommodate: Accommodate): object {
  const { native, target, options } = call;
  if (native?.dialect === 'anthropic-messages') {
    const { body } = fitNative(native.body, target.info, options.betas);
    return { invokeModel: { body: Buffer.from(JSON.stringify(body)).toString('base64') } };
  }
  const { messages, system, toolConfig, additionalModelRequestFields } = accommodate(call).request;
  return { converse: { messages, system, toolConfig, additionalModelRequestFields } };
}
