import type { Answer, Block, BlockKind, Event } from './events.ts';

/** A whole answer as the one batch of events that `collect` would fold back into it. */
export function replay(answer: Answer): Event[] {
  return [
    { type: 'start', served: answer.served },
    ...answer.blocks.flatMap(blockEvents),
    { type: 'end', end: answer.end },
  ];
}

function blockEvents(block: Block, index: number): Event[] {
  const events: Event[] = [{ type: 'open', index, block: kindOf(block) }];
  if (block.kind === 'tool') {
    if (block.input !== '') events.push({ type: 'delta', index, kind: 'tool', text: block.input });
  } else if (block.kind === 'text' || block.kind === 'reasoning') {
    if (block.text !== '') events.push({ type: 'delta', index, kind: block.kind, text: block.text });
  }
  if (block.kind === 'reasoning' && block.signature !== undefined) {
    events.push({ type: 'signature', index, signature: block.signature });
  }
  if (block.kind === 'text') {
    for (const citation of block.citations ?? []) events.push({ type: 'citation', index, citation });
  }
  events.push({ type: 'close', index });
  return events;
}

function kindOf(block: Block): BlockKind {
  switch (block.kind) {
    case 'tool':
      return { kind: 'tool', id: block.id, name: block.name };
    case 'text':
    case 'reasoning':
      return { kind: block.kind };
    case 'redacted':
    case 'other':
      return block;
    default:
      return block satisfies never;
  }
}
