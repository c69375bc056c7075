/** What may stand round a text, and how it is known while the text streams. */
export type Wrapping = {
  /** Matches a text that could still become the opening. */
  beginning: RegExp;
  /** The opening, at the text's start. */
  opening: RegExp;
  /** From which place on a text inside the wrapping may be its end. */
  endsAt(text: string): number;
  /** What is left of a held-back end once the text is over. */
  withoutEnd(kept: string): string;
};

/**
 * A text without its wrapping, as it streams: held back are the first characters while they may be the opening, and behind
 * one those that may be the end. A text without the opening passes as it is.
 */
export function peeledText({ beginning, opening, endsAt, withoutEnd }: Wrapping): {
  push(text: string): string;
  end(): string;
} {
  let state: 'head' | 'plain' | 'wrapped' = 'head';
  let kept = '';

  /** What was held back and is no end comes out again with what follows it. */
  const pass = (text: string): string => {
    const all = kept + text;
    const end = endsAt(all);
    kept = all.slice(end);
    return all.slice(0, end);
  };

  return {
    push(text) {
      if (state === 'plain') return text;
      if (state === 'wrapped') return pass(text);
      kept += text;
      if (beginning.test(kept)) return '';
      const head = kept;
      kept = '';
      const match = opening.exec(head);
      state = match ? 'wrapped' : 'plain';
      return match ? pass(head.slice(match[0].length)) : head;
    },
    end() {
      const rest = kept;
      kept = '';
      return state === 'wrapped' ? withoutEnd(rest) : rest;
    },
  };
}
