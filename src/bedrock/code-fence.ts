import { parsedJson } from '../base/json.ts';
import type { Change } from '../converse/changes.ts';
import type { Event } from '../converse/events.ts';
import { heldEnd, peeledText, type StreamedText } from './peeled-text.ts';
import type { Restorer } from './restore.ts';
import { valueEnd } from './value-end.ts';

const fence = '```';
/** An opening fence with what stands before the JSON; the language may be any word. */
const opening = /^\s*```(?:[A-Za-z0-9]*\s+|[A-Za-z0-9]*(?=[[{"]))/;
/** Could still become one. */
const beginning = /^\s*(?:`{0,2}|```[A-Za-z0-9]*\s*)$/;
/** What begins so may be JSON as it stands. */
const json = /^\s*[[{"\d-]/;

const proseDropped: Change = {
  what: 'prose round the JSON dropped',
  why: 'JSON alone was asked for; the model put it into a code fence, with words before or behind it.',
};

/**
 * Takes off the code fence that models put round JSON although they were told not to, and the words before and behind it
 * (case 67). Held back are an answer's first characters while they may be a fence, what stands behind the JSON, and all of
 * an answer that begins with words: a client parses the whole of it, so they alone are of no use to anybody.
 */
export function takeOffFence(): Restorer {
  let text: StreamedText | undefined;
  let isDropped = false;
  const dropped = (): void => {
    isDropped = true;
  };
  const spoken = (index: number, words: string): Event[] =>
    words === '' ? [] : [{ type: 'delta', index, kind: 'text', text: words }];
  return (batch) =>
    batch.flatMap((event) => {
      if (event.type === 'open') text = event.block.kind === 'text' ? unfenced(dropped) : undefined;
      if (event.type === 'end' && isDropped) return [withChange(event)];
      if (text && event.type === 'delta') return spoken(event.index, text.push(event.text));
      if (!text || event.type !== 'close') return [event];
      const rest = text.end();
      text = undefined;
      return [...spoken(event.index, rest), event];
    });
}

function withChange({ end }: Event & { type: 'end' }): Event {
  return { type: 'end', end: { ...end, changes: [...(end.changes ?? []), proseDropped] } };
}

/** The text of one block without its fence, as it streams; `dropped` is told when words round it were left out. */
export function unfenced(dropped: () => void): StreamedText {
  return peeledText({
    beginning,
    opening,
    inside: () => fencedJson(dropped),
    outside: (head) => (json.test(head) ? undefined : fencedInProse(dropped)),
  });
}

/** Behind an opening fence: the JSON streams, what follows it waits. Backticks inside a JSON string come out again. */
function fencedJson(dropped: () => void): StreamedText {
  const value = heldEnd(/[\s`]/, withoutFence);
  const endOf = valueEnd();
  let behind: string | undefined;
  return {
    push(text) {
      if (behind !== undefined) {
        behind += text;
        return '';
      }
      const end = endOf(text);
      if (end === -1) return value.push(text);
      behind = text.slice(end);
      return value.push(text.slice(0, end));
    },
    end() {
      if (behind === undefined) return value.end();
      const words = behindFence(behind);
      if (words === undefined) return behind;
      if (words !== '') dropped();
      return '';
    },
  };
}

/** An answer that begins with words: its fenced part, when it has one alone and that is JSON; else all of it. */
function fencedInProse(dropped: () => void): StreamedText {
  let all = '';
  return {
    push(text) {
      all += text;
      return '';
    },
    end() {
      const found = onlyFenced(all);
      if (found !== undefined) dropped();
      return found ?? all;
    },
  };
}

function onlyFenced(text: string): string | undefined {
  const from = text.indexOf(fence);
  const match = from === -1 ? null : opening.exec(text.slice(from));
  if (!match) return undefined;
  const inner = text.slice(from + match[0].length);
  const end = valueEnd()(inner);
  return end !== -1 && behindFence(inner.slice(end)) !== undefined && isJson(inner.slice(0, end))
    ? inner.slice(0, end)
    : undefined;
}

/** The words behind a closing fence, without blanks; undefined where no fence closes, or another one opens. */
function behindFence(text: string): string | undefined {
  const bare = text.trimStart();
  const words = bare.startsWith(fence) ? bare.slice(fence.length) : fence;
  return words.includes(fence) ? undefined : words.trim();
}

function withoutFence(kept: string): string {
  const bare = kept.trimEnd();
  return bare.endsWith(fence) ? bare.slice(0, -fence.length).trimEnd() : kept;
}

const isJson = (text: string): boolean => parsedJson(text) !== undefined;
