import { ProxyError } from '../base/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../base/json.ts';
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
import { pathSegment } from './sign.ts';
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
    if (call.stream) yield* readFrames(reply, anthropicEvents(served), (batch) => batch);
    else yield replay(anthropicAnswer(await replyJson(reply), served));
  }

  async function send(call: NativeCall): Promise<{ reply: Answered; changes: Change[] }> {
    const fitted = fitNative(bodyOf(call), call.target.info);
    let { body } = fitted;
    const changes: Change[] = [];
    for (;;) {
      try {
        return { reply: await post(call, body), changes: [...fitted.changes, ...changes] };
      } catch (error) {
        const repaired = changes.length < mostRepairs ? withoutRefused(error, body) : undefined;
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
      path: `/model/${pathSegment(modelId)}/${call.stream ? 'invoke-with-response-stream' : 'invoke'}`,
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

/**
 * "context_management: Extra inputs are not permitted", "tools.0.custom.defer_loading: Extra inputs …": the member that the
 * model's version does not know, out of the body or out of every block of that part of it.
 */
function withoutRefused(error: unknown, body: JsonObject): { member: string; body: JsonObject } | undefined {
  if (!(error instanceof ProxyError)) return undefined;
  const words = `${error.publicMessage}\n${error.facts.detail ?? ''}`;
  const path = /(?:^|[\s:])([a-z_]+(?:\.\w+)*): Extra inputs are not permitted/.exec(words)?.[1]?.split('.') ?? [];
  const [root, member] = [path[0], path.at(-1)];
  if (root === undefined || member === undefined || body[root] === undefined) return undefined;
  if (path.length > 1) {
    const part = withoutMember(body[root], member);
    return part === body[root] ? undefined : { member: path.join('.'), body: { ...body, [root]: part } };
  }
  if (root === 'messages') return undefined;
  const { [root]: _, ...rest } = body;
  return { member, body: rest };
}

/** The same object when `member` is nowhere in it. A tool's input and schema are the person's own data. */
function withoutMember(value: JsonValue, member: string): JsonValue {
  if (Array.isArray(value)) {
    const items = value.map((item) => withoutMember(item, member));
    return items.every((item, at) => item === value[at]) ? value : items;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([name]) => name !== member);
  const kept = entries.map(([name, inner]) => {
    const isOwn = name === 'input' || name === 'input_schema';
    return [name, isOwn ? inner : withoutMember(inner, member)] as const;
  });
  const isSame = kept.length === Object.keys(value).length && kept.every(([name, inner]) => inner === value[name]);
  return isSame ? value : Object.fromEntries(kept);
}
