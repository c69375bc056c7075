import type { BlockKind, EndEvent, Event } from '../converse/events.ts';

/** Writes an answer's blocks anew and numbers them, for passes that make other blocks of what the model wrote. */
export type BlockPen = {
  /** Opens a block, and closes the one before it. */
  begin(block: BlockKind): void;
  /** A piece of the block of this kind; opened first if another one is open, or none. Empty text says nothing. */
  say(kind: 'text' | 'reasoning' | 'tool', text: string): void;
  /** Another event of the open block, under its new number. */
  add(event: Extract<Event, { index: number }>): void;
  close(): void;
  /** An event that belongs to no block. */
  pass(event: Event): void;
  /** The answer's end. With calls that the service took for text, its reason does not speak of them. */
  end(event: EndEvent, withCalls: boolean): void;
  /** What was written since it was last taken. */
  take(): Event[];
};

/** A pen at the start of an answer, with no block open. */
export function blockPen(): BlockPen {
  let out: Event[] = [];
  let index = -1;
  let open: BlockKind['kind'] | undefined;
  const close = (): void => {
    if (open !== undefined) out.push({ type: 'close', index });
    open = undefined;
  };
  const begin = (block: BlockKind): void => {
    close();
    index++;
    open = block.kind;
    out.push({ type: 'open', index, block });
  };
  return {
    begin,
    close,
    say(kind, text) {
      if (text === '') return;
      if (open !== kind && kind !== 'tool') begin({ kind });
      out.push({ type: 'delta', index, kind, text });
    },
    add: (event) => void out.push({ ...event, index }),
    pass: (event) => void out.push(event),
    end(event, withCalls) {
      const { end } = event;
      const spoken = withCalls && end.stopReason === 'end_turn';
      out.push(spoken ? { type: 'end', end: { ...end, stopReason: 'tool_use' } } : event);
    },
    take() {
      const taken = out;
      out = [];
      return taken;
    },
  };
}
