import type { Event } from '../converse/events.ts';
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

/** The text of one block without its fence, as it streams. */
export function unfenced(): { push(text: string): string; end(): string } {
  let state: 'head' | 'plain' | 'fenced' = 'head';
  let kept = '';

  /** Backticks inside a JSON string come out again with what follows them. */
  const pass = (text: string): string => {
    const all = kept + text;
    let end = all.length;
    while (end > 0 && blankOrTick.test(all.charAt(end - 1))) end--;
    kept = all.slice(end);
    return all.slice(0, end);
  };

  return {
    push(text) {
      if (state === 'plain') return text;
      if (state === 'fenced') return pass(text);
      kept += text;
      if (beginning.test(kept)) return '';
      const head = kept;
      kept = '';
      const fence = opening.exec(head);
      state = fence ? 'fenced' : 'plain';
      return fence ? pass(head.slice(fence[0].length)) : head;
    },
    end() {
      const rest = kept;
      kept = '';
      return state === 'fenced' ? rest.replace(/\s*```\s*$/, '') : rest;
    },
  };
}
