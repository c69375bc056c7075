import type { ProxyError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import type { BlockKind, End, Event } from '../../converse/events.ts';
import type { AnswerContext, StreamEncoder } from '../format.ts';
import { outcomeOf } from '../outcome.ts';
import { responseError } from './errors.ts';
import { eventPen } from './event-pen.ts';
import { itemId } from './ids.ts';
import { callEncoder, type ItemEncoder, messageEncoder, reasoningEncoder } from './item-encoders.ts';
import { callPrefix, isCutOff, type Status } from './output.ts';
import { echo, endOf, isSealed, runningState } from './response.ts';
import type { ResponsesRequest } from './schema.ts';
import { toolboxOf } from './toolbox.ts';

/** OpenAI's Responses stream: created, in_progress, the items' events, then completed, incomplete or failed. */
export function responseStream(context: AnswerContext<ResponsesRequest>): StreamEncoder {
  const { request, requestId } = context;
  const pen = eventPen();
  const box = toolboxOf(request);
  const output: JsonObject[] = [];
  const shell = JSON.stringify(echo(context)).slice(0, -1);
  let current: ItemEncoder | undefined;
  let isOpen = false; // whether the events that come belong to `current`
  let hasStarted = false;
  let hasToolCalls = false;

  const responseText = (end: JsonObject): string => `${shell},${JSON.stringify({ ...end, output }).slice(1)}`;

  const start = (): string => {
    hasStarted = true;
    const running = responseText(runningState(context));
    return pen.responseEvent('response.created', running) + pen.responseEvent('response.in_progress', running);
  };

  const settle = (status: Status): string => {
    if (!current) return '';
    const { text, item } = current.finish(status);
    output.push(item);
    return text;
  };

  const open = (block: BlockKind): string => {
    isOpen = block.kind !== 'other';
    if (block.kind === 'other') return '';
    if (block.kind === 'text' && current?.nextBlock) return current.nextBlock();
    const settled = settle('completed');
    const { start: added, encoder } = encoderOf(block);
    current = encoder;
    return settled + added;
  };

  const encoderOf = (block: Exclude<BlockKind, { kind: 'other' }>): { start: string; encoder: ItemEncoder } => {
    const index = output.length;
    switch (block.kind) {
      case 'text':
        return messageEncoder(pen, { id: itemId('msg', requestId, index), index });
      case 'reasoning':
      case 'redacted':
        return reasoningEncoder(pen, { id: itemId('rs', requestId, index), index }, block, isSealed(request));
      case 'tool':
        hasToolCalls = true;
        return callEncoder(pen, { id: itemId(callPrefix(box, block.name), requestId, index), index }, block, box);
      default:
        return block satisfies never;
    }
  };

  const finish = (end: End): string => {
    const outcome = outcomeOf(end.stopReason, hasToolCalls);
    const settled = settle(isCutOff(outcome) ? 'incomplete' : 'completed');
    const last = endOf(outcome, end, context);
    return settled + pen.responseEvent(`response.${String(last['status'])}`, responseText(last));
  };

  const encode = (event: Event): string => {
    switch (event.type) {
      case 'start':
        return start();
      case 'open':
        return open(event.block);
      case 'end':
        return finish(event.end);
      default:
        return isOpen && current ? encodeInside(current, event) : '';
    }
  };

  const fail = (error: ProxyError): string => {
    const begun = hasStarted ? '' : start();
    const failed = { ...runningState(context), status: 'failed', error: responseError(error) };
    return begun + pen.responseEvent('response.failed', responseText(failed));
  };

  const push = (events: readonly Event[]): string => {
    let text = '';
    for (const event of events) text += encode(event);
    return text;
  };
  return { push, fail };
}

type Inside = Exclude<Event, { type: 'start' | 'open' | 'end' }>;

function encodeInside(item: ItemEncoder, event: Inside): string {
  switch (event.type) {
    case 'delta':
      return item.delta(event.text);
    case 'signature':
      item.signature?.(event.signature);
      return '';
    case 'citation':
      item.citation?.(event.citation);
      return '';
    case 'raw':
      return '';
    case 'close':
      return item.closeBlock();
    default:
      return event satisfies never;
  }
}
