import { isObject, type JsonObject, type JsonValue } from '../base/json.ts';
import { percentEncoded } from '../base/percent-encoded.ts';
import type { Call, Native } from '../converse/call.ts';
import type { Event, EventStream, Served } from '../converse/events.ts';
import { tokenCount } from '../converse/usage.ts';
import { ask, replyJson } from './ask.ts';
import type { Connection } from './connection.ts';
import { invokeHeaders } from './invoke-headers.ts';

/** A call that holds embedding bodies. */
export type EmbedCall = Call & { native: Extract<Native, { dialect: 'embeddings' }> };

/** Calls in flight for one request: enough to hide the way there, few enough not to be throttled at once. */
const atOnce = 8;

type Part = { body: JsonValue; tokens: number; region: string };

/**
 * InvokeModel once for each body; the answers are `other` blocks `{ body, tokens }` in their order. A call that is sent
 * again after a failure (a throttled one of many) asks only for what it has not got yet.
 */
export function embedUpstream(connection: Pick<Connection, 'post'>): (call: EmbedCall) => EventStream {
  /** What was answered already, for each call that may come again. */
  const answered = new WeakMap<EmbedCall['native'], Part[]>();

  async function* answer(call: EmbedCall): AsyncGenerator<readonly Event[], void, void> {
    const parts = answered.get(call.native) ?? [];
    answered.set(call.native, parts);
    await fillIn(parts, call.native.bodies, (body) => invoke(call, body));
    answered.delete(call.native);
    const { modelId, region } = call.target;
    const served: Served = { model: modelId, region: parts[0]?.region ?? region, changes: [...call.changes] };
    const inputTokens = parts.reduce((sum, { tokens }) => sum + tokens, 0);
    const usage = {
      inputTokens,
      outputTokens: 0,
      totalTokens: inputTokens,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 0,
    };
    yield [
      { type: 'start', served },
      ...parts.flatMap(({ body, tokens }, index): Event[] => [
        { type: 'open', index, block: { kind: 'other', value: { body, tokens } } },
        { type: 'close', index },
      ]),
      { type: 'end', end: { stopReason: 'end_turn', usage } },
    ];
  }

  async function invoke(call: EmbedCall, body: JsonObject): Promise<Part> {
    const { modelId, region } = call.target;
    const reply = await ask(connection, {
      region,
      model: modelId,
      path: `/model/${percentEncoded(modelId)}/invoke`,
      accept: 'application/json',
      headers: invokeHeaders(call.request),
      body: JSON.stringify(body),
      idleMs: 60_000,
      signal: call.signal,
    });
    const header = Number(reply.headers['x-amzn-bedrock-input-token-count']);
    const told = (await replyJson(reply)) as JsonValue; // JSON.parse gives nothing else
    return { body: told, tokens: tokensIn(told) ?? tokenCount(header), region: reply.region };
  }

  return answer;
}

/** Titan counts in the body, the others in a header. */
function tokensIn(body: JsonValue): number | undefined {
  const count = isObject(body) ? body['inputTextTokenCount'] : undefined;
  return typeof count === 'number' ? tokenCount(count) : undefined;
}

/** Fills the gaps of `results`, several at once. After the first failure none is begun; those under way are awaited and kept. */
async function fillIn<Item, Result>(
  results: Result[],
  items: readonly Item[],
  map: (item: Item) => Promise<Result>,
): Promise<void> {
  const waiting = [...items.entries()].filter(([at]) => results[at] === undefined);
  let failure: { error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next && !failure; next = waiting.shift()) {
      const [at, item] = next;
      try {
        results[at] = await map(item);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (failure) throw failure.error;
}
