import { ProxyError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { Call, Native } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import type { Event, EventStream, Served } from '../converse/events.ts';
import { replay } from '../converse/replay.ts';
import { anthropicAnswer, anthropicEvents } from './anthropic-events.ts';
import { ask, replyJson } from './ask.ts';
import type { Answered, Connection } from './connection.ts';
import { invokeHeaders } from './invoke-headers.ts';
import { readFrames } from './read-frames.ts';
import { pathSegment } from './sign.ts';
import { eventStream, idleOf, type UpstreamOptions, wholeAnswerMs } from './upstream.ts';

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
    if (call.stream) yield* readFrames(reply, anthropicEvents(served), (batch) => batch);
    else yield replay(anthropicAnswer(await replyJson(reply), served));
  }

  async function send(call: NativeCall): Promise<{ reply: Answered; changes: Change[] }> {
    const changes: Change[] = [];
    let body = bodyOf(call);
    for (;;) {
      try {
        return { reply: await post(call, body), changes };
      } catch (error) {
        const member = changes.length < mostRepairs ? refusedMember(error, body) : undefined;
        if (member === undefined) throw error;
        const { [member]: _, ...rest } = body;
        body = rest;
        changes.push({ what: `${member} dropped`, why: 'Bedrock refused it by name.' });
      }
    }
  }

  function post(call: NativeCall, body: JsonObject): Promise<Answered> {
    const { modelId, region } = call.target;
    return ask(connection, {
      region,
      model: modelId,
      path: `/model/${pathSegment(modelId)}/${call.stream ? 'invoke-with-response-stream' : 'invoke'}`,
      accept: call.stream ? eventStream : 'application/json',
      headers: invokeHeaders(call.request),
      body: JSON.stringify(body),
      idleMs: idleOf(call, idle),
      ...(call.stream ? {} : { firstByteMs: wholeAnswerMs }),
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

/** "context_management: Extra inputs are not permitted": the member of the body that the model's version does not know. */
function refusedMember(error: unknown, body: JsonObject): string | undefined {
  if (!(error instanceof ProxyError)) return undefined;
  const words = `${error.publicMessage}\n${error.facts.detail ?? ''}`;
  const member = /(?:^|[\s:])([a-z_]+): Extra inputs are not permitted/.exec(words)?.[1];
  return member !== undefined && member in body && member !== 'messages' ? member : undefined;
}
