import type { JsonObject } from '../../base/json.ts';
import type { BlockKind, End, Event, Served } from '../../converse/events.ts';
import { type AnswerShape, citationFields } from './answer-shape.ts';
import { callChunks } from './call-chunks.ts';
import { type ChunkFrame, type ChunkPen, chunkPen } from './chunk-pen.ts';
import { finishReason, serviceTierOf } from './ending.ts';
import { thoughtChunks } from './thought-chunks.ts';

/** Writes the chunks of one choice; `end()` tells how it ended, once it has. */
export type ChoiceChunks = { push(events: readonly Event[]): string; end(): End | undefined };

/**
 * The chunks of one choice. This is the hot path: a text delta costs one `JSON.stringify` of a string, and no object.
 * `frame` is asked once, with what the `start` event knows.
 */
export function choiceChunks(shape: AnswerShape, frame: (served: Served) => ChunkFrame): ChoiceChunks {
  const calls = callChunks(shape);
  const thoughts = thoughtChunks(shape);
  let pen: ChunkPen = chunkPen({ head: '', tail: '', afterReason: '' });
  let contentHead = '';
  let contentTail = '';
  let textLength = 0;
  let blockStart = 0;
  let citations: JsonObject[] = [];
  let open: BlockKind['kind'] | undefined;
  let ended: End | undefined;

  const contentLength = (): number => textLength + thoughts.shown();
  const place = (): number => thoughts.count() + calls.count() + (textLength > 0 ? 1 : 0);

  const begin = (served: Served): string => {
    pen = chunkPen(frame(served));
    contentHead = `${pen.head}"content":`;
    contentTail = pen.tail;
    return pen.fields({ role: 'assistant', content: '' });
  };

  const openBlock = (block: BlockKind): string => {
    open = block.kind;
    switch (block.kind) {
      case 'text':
        blockStart = contentLength();
        return '';
      case 'reasoning':
        thoughts.open();
        return '';
      case 'redacted':
        return thoughts.redacted(pen, block.data, place());
      case 'tool':
        return calls.open(pen, block.id, block.name, shape.aiSdk ? thoughts.take() : []);
      case 'other':
        return pen.fields({ bedrock_content: [block.value] });
      default:
        return block satisfies never;
    }
  };

  const closeBlock = (): string => {
    if (open === 'tool') return calls.close();
    if (open === 'reasoning') return thoughts.close(pen, place());
    if (citations.length === 0) return '';
    const members = citationFields(citations, blockStart, contentLength());
    citations = [];
    return pen.fields(members);
  };

  const finish = (end: End): string => {
    ended = end;
    const reason = finishReason(end.stopReason, calls.state(), shape.legacy);
    const { service_tier } = serviceTierOf(end);
    const tier = service_tier === undefined ? '' : `,"service_tier":"${service_tier}"`;
    return `${pen.head}},"finish_reason":"${reason}"}]${tier}${pen.afterReason}`;
  };

  const rare = (event: Exclude<Event, { type: 'delta' }>): string => {
    switch (event.type) {
      case 'start':
        return begin(event.served);
      case 'open':
        return openBlock(event.block);
      case 'signature':
        thoughts.sign(event.signature);
        return '';
      case 'citation':
        citations.push(event.citation);
        return '';
      case 'raw':
        return '';
      case 'close':
        return closeBlock();
      case 'end':
        return finish(event.end);
      default:
        return event satisfies never;
    }
  };

  const push = (events: readonly Event[]): string => {
    let out = '';
    for (const event of events) {
      if (event.type !== 'delta') {
        out += rare(event);
      } else if (event.kind === 'text') {
        textLength += event.text.length;
        out += contentHead + JSON.stringify(event.text) + contentTail;
      } else {
        out += event.kind === 'tool' ? calls.delta(event.text) : thoughts.delta(pen, event.text);
      }
    }
    return out;
  };
  return { push, end: () => ended };
}
