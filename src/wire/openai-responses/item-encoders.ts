import type { JsonObject } from '../../base/json.ts';
import type { Block } from '../../converse/events.ts';
import { customInputUnwrapper } from '../custom-tool.ts';
import type { EventPen } from './event-pen.ts';
import { callItem, callStatus, messageItem, reasoningItem, type Status, textPart, thoughtOf } from './output.ts';
import type { Toolbox } from './toolbox.ts';

/** What is written of one output item while its blocks go by. */
export type ItemEncoder = {
  /** The block of another text that belongs to the same message; undefined where each block is an item. */
  nextBlock?(): string;
  delta(text: string): string;
  signature?(signature: string): void;
  citation?(citation: JsonObject): void;
  closeBlock(): string;
  /** Ends the item, which is known to be whole only when something follows it, or the answer's end says so. */
  finish(status: Status): { text: string; item: JsonObject };
};

type Place = { id: string; index: number };

/** A message: each text block is a part of its content. */
export function messageEncoder(pen: EventPen, { id, index }: Place): { start: string; encoder: ItemEncoder } {
  const content: JsonObject[] = [];
  let text = '';
  let citations: JsonObject[] = [];
  let write = pen.deltas('response.output_text.delta', {});
  const place = () => ({ item_id: id, output_index: index, content_index: content.length });

  const nextBlock = (): string => {
    text = '';
    citations = [];
    write = pen.deltas('response.output_text.delta', { ...place(), logprobs: [] });
    return pen.event('response.content_part.added', { ...place(), part: textPart({ text: '' }) });
  };
  const closeBlock = (): string => {
    const part = textPart({ text, citations });
    let written = '';
    for (const [at, annotation] of (Array.isArray(part['annotations']) ? part['annotations'] : []).entries()) {
      const added = { ...place(), annotation_index: at, annotation };
      written += pen.event('response.output_text.annotation.added', added);
    }
    written += pen.event('response.output_text.done', { ...place(), text, logprobs: [] });
    written += pen.event('response.content_part.done', { ...place(), part });
    content.push(part);
    return written;
  };
  const finish = (status: Status) => {
    const item = messageItem(id, content, status);
    return { text: pen.event('response.output_item.done', { output_index: index, item }), item };
  };
  const added = { output_index: index, item: messageItem(id, [], 'in_progress') };
  const start = pen.event('response.output_item.added', added) + nextBlock();
  return {
    start,
    encoder: {
      nextBlock,
      delta: (piece) => {
        text += piece;
        return write(piece);
      },
      citation: (citation) => citations.push(citation),
      closeBlock,
      finish,
    },
  };
}

type Thinking = { kind: 'reasoning' } | Extract<Block, { kind: 'redacted' }>;

/** A block of thinking: its text is the one part of the summary; its signature goes into `encrypted_content`. */
export function reasoningEncoder(
  pen: EventPen,
  { id, index }: Place,
  block: Thinking,
  sealed: boolean,
): { start: string; encoder: ItemEncoder } {
  const place = { item_id: id, output_index: index, summary_index: 0 };
  const write = pen.deltas('response.reasoning_summary_text.delta', place);
  let text = '';
  let signature: string | undefined;
  const part = () => ({ type: 'summary_text', text });

  const delta = (piece: string): string => {
    const opening = text === '' ? pen.event('response.reasoning_summary_part.added', { ...place, part: part() }) : '';
    text += piece;
    return opening + write(piece);
  };
  const closeBlock = (): string => {
    if (text === '') return '';
    const done = pen.event('response.reasoning_summary_text.done', { ...place, text });
    return done + pen.event('response.reasoning_summary_part.done', { ...place, part: part() });
  };
  const finish = () => {
    const whole: Block =
      block.kind === 'redacted'
        ? block
        : { kind: 'reasoning', text, ...(signature === undefined ? {} : { signature }) };
    const item = reasoningItem(id, thoughtOf(whole), sealed);
    return { text: pen.event('response.output_item.done', { output_index: index, item }), item };
  };
  const added = { output_index: index, item: { id, type: 'reasoning', summary: [] } };
  return {
    start: pen.event('response.output_item.added', added),
    encoder: {
      delta: (piece) => (piece === '' ? '' : delta(piece)),
      signature: (piece) => {
        signature = (signature ?? '') + piece;
      },
      closeBlock,
      finish,
    },
  };
}

/** A tool search's arguments are an object, which has no pieces. */
const inputEvents = {
  function: 'response.function_call_arguments',
  custom: 'response.custom_tool_call_input',
  tool_search: undefined,
} as const;

/**
 * A tool call. Codex runs a call as soon as its `output_item.done` arrives, whatever its status; a call that was cut off
 * must not run (case 38), so it gets none and stands only in the final response, as incomplete.
 */
export function callEncoder(
  pen: EventPen,
  { id, index }: Place,
  call: { id: string; name: string },
  box: Toolbox,
): { start: string; encoder: ItemEncoder } {
  const kind = box.callable.get(call.name)?.kind ?? 'function';
  const isCustom = kind === 'custom';
  const unwrap = isCustom ? customInputUnwrapper() : undefined;
  const place = { item_id: id, output_index: index };
  const event = inputEvents[kind];
  const write = event && pen.deltas(`${event}.delta`, place);
  let input = '';

  const shown = (piece: string): string => (piece === '' || !write ? '' : write(piece));
  const delta = (piece: string): string => {
    input += piece;
    return shown(unwrap ? unwrap.push(piece) : piece);
  };
  const finish = (ended: Status) => {
    const status = callStatus(input, ended);
    const item = callItem(id, { ...call, input }, box, status);
    if (status === 'incomplete') return { text: '', item };
    const rest = shown(unwrap ? unwrap.end() : input === '' ? '{}' : '');
    const whole = isCustom ? { input: item['input'] } : { name: item['name'], arguments: item['arguments'] };
    const done = event ? pen.event(`${event}.done`, { ...place, ...whole }) : '';
    return { text: rest + done + pen.event('response.output_item.done', { output_index: index, item }), item };
  };
  const empty = callItem(id, { ...call, input: '' }, box, 'in_progress');
  const item = kind === 'function' ? { ...empty, arguments: '' } : empty;
  const start = pen.event('response.output_item.added', { output_index: index, item });
  return { start, encoder: { delta, closeBlock: () => '', finish } };
}
