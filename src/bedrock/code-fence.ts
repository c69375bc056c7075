import type { Event } from '../converse/events.ts';
import { peeledText } from './peeled-text.ts';
import type { Restorer } from './restore.ts';

/** An opening fence with what stands before the JSON; the language may be any word. */
const opening = /^\s*```(?:[A-Za-z0-9]*\s+|[A-Za-z0-9]*(?=[[{"]))/;
const blankOrTick = /[\s`]/;
/** Could still become one. */
const beginning = /^\s*(?:`{0,2}|```[A-Za-z0-9]*\s*)$/;

/**
 * Takes off the code fence that models put round JSON although they were told not to. Held back are an answer's first
 * characters while they may be a fence, and behind one the blanks and backticks that may be its end.
 */
export function takeOffFence(): Restorer {
  let text: ReturnType<typeof unfenced> | undefined;
  const spoken = (index: number, words: string): Event[] =>
    words === '' ? [] : [{ type: 'delta', index, kind: 'text', text: words }];
  return (batch) =>
    batch.flatMap((event) => {
      if (event.type === 'open') text = event.block.kind === 'text' ? unfenced() : undefined;
      if (text && event.type === 'delta') return spoken(event.index, text.push(event.text));
      if (!text || event.type !== 'close') return [event];
      const rest = text.end();
      text = undefined;
      return [...spoken(event.index, rest), event];
    });
}

/** The text of one block without its fence, as it streams. Backticks inside a JSON string come out again. */
export function unfenced(): ReturnType<typeof peeledText> {
  return peeledText({
    beginning,
    opening,
    endsAt(text) {
      let end = text.length;
      while (end > 0 && blankOrTick.test(text.charAt(end - 1))) end--;
      return end;
    },
    withoutEnd: (kept) => kept.replace(/\s*```\s*$/, ''),
  });
}
