import { ProxyError } from '../base/errors.ts';
import { flatten } from '../base/flatten.ts';
import type { Answer, Block, End, Event, EventStream, Served } from './events.ts';

/** Folds a stream into a whole answer. Throws `upstream_truncated` when it stops before its `end`. */
export async function collect(events: EventStream): Promise<Answer> {
  const fold = collector();
  for await (const batch of events) fold.add(batch);
  const answer = fold.answer();
  if (!answer) throw new ProxyError('upstream_truncated', 'The model stopped before its answer was complete.');
  return answer;
}

/** The fold behind `collect`, for layers that watch a stream go by: `answer()` is undefined until the `end` was seen. */
export function collector(): { add(batch: readonly Event[]): void; answer(): Answer | undefined } {
  let served: Served | undefined;
  let end: End | undefined;
  const blocks: Block[] = [];
  const add = (event: Event): void => {
    switch (event.type) {
      case 'start':
        served = event.served.raw ? withoutRaw(event.served) : event.served;
        break;
      case 'open':
        blocks[event.index] = emptyBlock(event.block);
        break;
      case 'delta': {
        const block = blocks[event.index];
        if (block?.kind === 'tool') block.input += event.text;
        else if (block?.kind === 'text' || block?.kind === 'reasoning') block.text += event.text;
        break;
      }
      case 'signature': {
        const block = blocks[event.index];
        if (block?.kind === 'reasoning') block.signature = (block.signature ?? '') + event.signature;
        break;
      }
      case 'citation': {
        const block = blocks[event.index];
        if (block?.kind === 'text') block.citations = [...(block.citations ?? []), event.citation];
        break;
      }
      case 'close':
      case 'raw':
        break;
      case 'end':
        end = event.end;
        break;
      default:
        event satisfies never;
    }
  };
  return {
    add: (batch) => batch.forEach(add),
    answer: () => (served && end ? whole(served, blocks, end) : undefined),
  };
}

/** What was learnt at the end stands with the rest: nobody has read the start yet. */
function whole(served: Served, blocks: Block[], { changes, ...end }: End): Answer {
  for (const block of blocks) flatten(streamed(block)); // it may be kept for long
  return { served: changes ? { ...served, changes: [...served.changes, ...changes] } : served, blocks, end };
}

/** What of a block came piece by piece. */
function streamed(block: Block): string {
  if (block.kind === 'text' || block.kind === 'reasoning') return block.text;
  return block.kind === 'tool' ? block.input : '';
}

/** A whole answer is told by its blocks; the provider's events have gone by. */
function withoutRaw({ raw: _, ...served }: Served): Served {
  return served;
}

function emptyBlock(block: (Event & { type: 'open' })['block']): Block {
  switch (block.kind) {
    case 'text':
    case 'reasoning':
      return { kind: block.kind, text: '' };
    case 'tool':
      return { ...block, input: '' };
    case 'redacted':
    case 'other':
      return block;
    default:
      return block satisfies never;
  }
}
