import type { JsonObject } from '../base/json.ts';
import { percentEncoded } from '../base/percent-encoded.ts';
import type { Call, Native } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import type { Event, EventStream, Served } from '../converse/events.ts';
import { replay } from '../converse/replay.ts';
import { anthropicAnswer, anthropicEvents } from './anthropic-events.ts';
import { ask, replyJson } from './ask.ts';
import type { Answered, Connection } from './connection.ts';
import { fitNative } from './fit-native.ts';
import { invokeHeaders } from './invoke-headers.ts';
import { readFrames } from './read-frames.ts';
import { repairNative } from './repair-native.ts';
import { eventStream, idleOf, type UpstreamOptions } from './upstream.ts';

/** A call that holds a Messages body of Anthropic's. */
export type NativeCall = Call & { native: Extract<Native, { dialect: 'anthropic-messages' }> };

/** So many members that Bedrock does not know are taken out, one per refusal. */
const mostRepairs = 3;

/** InvokeModel with Anthropic's own body: what Converse has no form for. */
export function nativeUpstream(
  connection: Pick<Connection, 'post'>,
  idle: UpstreamOptions['idle'],
): (call: NativeCall) => EventStream {
  async function* answer(call: NativeCall): AsyncGenerator<readonly Event[], void, void> {
    const { reply, changes } = await send(call);
    const { modelId } = call.target;
    const served: Served = { model: modelId, region: reply.region, changes: [...call.changes, ...changes] };
    if (reply.requestId !== undefined) served.upstreamRequestId = reply.requestId;
    if (call.stream) yield* readFrames(reply, anthropicEvents(served, reply.where.scrub), (batch) => batch);
    else yield replay(anthropicAnswer(await replyJson(reply), served));
  }

  async function send(call: NativeCall): Promise<{ reply: Answered; changes: Change[] }> {
    const fitted = fitNative(bodyOf(call), call.target.info, call.options.betas);
    let { body } = fitted;
    const changes: Change[] = [];
    for (;;) {
      try {
        return { reply: await post(call, body), changes: [...fitted.changes, ...changes] };
      } catch (error) {
        const repaired = changes.length < mostRepairs ? repairNative(error, body, call.target.info) : undefined;
        if (!repaired) throw error;
        body = repaired.body;
        changes.push({ what: `${repaired.member} dropped`, why: 'Bedrock refused it by name.' });
      }
    }
  }

  function post(call: NativeCall, body: JsonObject): Promise<Answered> {
    const { modelId, region } = call.target;
    return ask(connection, {
      region,
      model: modelId,
      path: `/model/${percentEncoded(modelId)}/${call.stream ? 'invoke-with-response-stream' : 'invoke'}`,
      accept: call.stream ? eventStream : 'application/json',
      headers: invokeHeaders(call.request),
      body: JSON.stringify(body),
      idleMs: idleOf(call, idle),
      whole: !call.stream,
      signal: call.signal,
    });
  }

  return answer;
}

/** The limit stands in the view too, where the settings of this proxy may have lowered it. */
function bodyOf({ native, request }: NativeCall): JsonObject {
  const maxTokens = request.inferenceConfig?.maxTokens;
  return maxTokens === undefined ? native.body : { ...native.body, max_tokens: maxTokens };
}
