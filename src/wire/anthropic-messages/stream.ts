import type { ProxyError } from '../../base/errors.ts';
import { sseEvent } from '../../base/sse.ts';
import type { BlockKind, End, Event } from '../../converse/events.ts';
import type { AnswerContext, StreamEncoder } from '../format.ts';
import { isWholeInput } from '../outcome.ts';
import { anthropicCitation } from './citations.ts';
import { errorBody } from './errors.ts';
import { emptyMessage, stopOf, unreadable, usageOf } from './response.ts';
import type { MessagesRequest } from './schema.ts';

const eventOf = (data: { type: string } & Record<string, unknown>): string => sseEvent(data.type, JSON.stringify(data));

/** The block that is open; `prefix` and the text's JSON make a whole delta. */
type Open = { kind: BlockKind['kind']; index: number; prefix: string; signature: string; input: string };

const deltaEnd = '}}\n\n';

/** Anthropic's event stream: message_start, blocks, message_delta with all counts, message_stop; or `error`. */
export function messageStream(context: AnswerContext<MessagesRequest>): StreamEncoder {
  let open: Open | undefined; // none: between blocks, or in one that this dialect cannot hold
  let nextIndex = 0;
  let hasToolCalls = false;
  let isCallBroken = false;
  let isRaw = false; // the service's own events follow, and are passed on as they are

  const fail = (error: ProxyError): string => sseEvent('error', JSON.stringify(errorBody(error, context.requestId)));

  const start = (): string =>
    eventOf({ type: 'message_start', message: emptyMessage(context) }) + eventOf({ type: 'ping' });

  const openBlock = (block: BlockKind): string => {
    const content = startOf(block);
    if (!content) return '';
    hasToolCalls ||= block.kind === 'tool';
    open = { kind: block.kind, index: nextIndex++, prefix: '', signature: '', input: '' };
    open.prefix = deltaPrefix(open);
    return eventOf({ type: 'content_block_start', index: open.index, content_block: content });
  };

  const delta = (text: string): string => {
    if (!open) return '';
    if (open.kind === 'tool') open.input += text;
    return open.prefix === '' ? '' : open.prefix + JSON.stringify(text) + deltaEnd;
  };

  const closeBlock = (): string => {
    if (!open) return '';
    const { index, kind, signature, input, prefix } = open;
    let text = '';
    // Clients replace the signature at each delta instead of adding to it, so it leaves in one piece.
    if (signature !== '') {
      text += eventOf({ type: 'content_block_delta', index, delta: { type: 'signature_delta', signature } });
    }
    if (kind === 'tool' && input === '') text += `${prefix}"{}"${deltaEnd}`;
    isCallBroken ||= kind === 'tool' && !isWholeInput(input);
    open = undefined;
    return text + eventOf({ type: 'content_block_stop', index });
  };

  const finish = (end: End): string => {
    const stop = stopOf(end, hasToolCalls, context.request.stop_sequences);
    // The SDKs complete half a JSON by guessing: told to use the tool, a client would run what the model never wrote.
    if (stop.stop_reason === 'tool_use' && isCallBroken) return fail(unreadable());
    const usage = end.extra?.['usage'] ?? usageOf(end);
    return eventOf({ type: 'message_delta', delta: stop, usage }) + eventOf({ type: 'message_stop' });
  };

  const encode = (event: Event): string => {
    switch (event.type) {
      case 'delta':
        return delta(event.text);
      case 'start':
        isRaw = event.served.raw === 'anthropic-messages';
        return isRaw ? '' : start();
      case 'raw':
        return sseEvent(event.name, event.text);
      case 'open':
        return openBlock(event.block);
      case 'signature':
        if (open) open.signature += event.signature;
        return '';
      case 'citation': {
        const citation = anthropicCitation(event.citation);
        if (!citation || open?.kind !== 'text') return '';
        return eventOf({
          type: 'content_block_delta',
          index: open.index,
          delta: { type: 'citations_delta', citation },
        });
      }
      case 'close':
        return closeBlock();
      case 'end':
        return finish(event.end);
      default:
        return event satisfies never;
    }
  };

  const push = (events: readonly Event[]): string => {
    let text = '';
    for (const event of events) if (!isRaw || event.type === 'raw') text += encode(event);
    return text;
  };
  return { push, fail };
}

/** The `content_block` of a start event; undefined for a block that Anthropic's answers cannot hold. */
function startOf(block: BlockKind): Record<string, unknown> | undefined {
  switch (block.kind) {
    case 'text':
      return { type: 'text', text: '' };
    case 'reasoning':
      return { type: 'thinking', thinking: '', signature: '' };
    case 'redacted':
      return { type: 'redacted_thinking', data: block.data };
    case 'tool':
      return { type: 'tool_use', id: block.id, name: block.name, input: {} };
    case 'other':
      return typeof block.value['type'] === 'string' ? block.value : undefined;
    default:
      return block satisfies never;
  }
}

/** All of a delta event that comes before its text. */
function deltaPrefix({ kind, index }: Open): string {
  const head = `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":`;
  switch (kind) {
    case 'text':
      return `${head}"text_delta","text":`;
    case 'reasoning':
      return `${head}"thinking_delta","thinking":`;
    case 'tool':
      return `${head}"input_json_delta","partial_json":`;
    case 'redacted':
    case 'other':
      return '';
    default:
      return kind satisfies never;
  }
}
