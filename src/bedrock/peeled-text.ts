/** A text that is written anew while it streams. */
export type StreamedText = {
  /** What can be said of it after this piece. */
  push(text: string): string;
  /** The rest, when no more comes. */
  end(): string;
};

/** What may stand round a text, and how it is known while the text streams. */
export type Wrapping = {
  /** Matches a text that could still become the opening. */
  beginning: RegExp;
  /** The opening, at the text's start. */
  opening: RegExp;
  /** Reads on behind the opening. */
  inside(): StreamedText;
  /** Reads a text that begins as this one does, without the opening; absent: it passes as it is. */
  outside?(head: string): StreamedText | undefined;
};

/** An opening is no longer than this, with all its blanks: what is held back is looked through again with each piece. */
const longestOpening = 1_000;

/** A text without its wrapping, as it streams: held back are the first characters while they may be the opening. */
export function peeledText({ beginning, opening, inside, outside }: Wrapping): StreamedText {
  let head = '';
  let rest: StreamedText | undefined;
  return {
    push(text) {
      if (rest) return rest.push(text);
      head += text;
      if (head.length <= longestOpening && beginning.test(head)) return '';
      const match = opening.exec(head);
      rest = match ? inside() : (outside?.(head) ?? plain);
      return rest.push(match ? head.slice(match[0].length) : head);
    },
    end: () => (rest ? rest.end() : head),
  };
}

const plain: StreamedText = { push: (text) => text, end: () => '' };

/**
 * Holds back the characters of this kind at the text's end, for they may belong to the wrapping; `withoutEnd` says what is
 * left of them when the text is over. Each character is looked at once.
 */
export function heldEnd(kind: RegExp, withoutEnd: (kept: string) => string): StreamedText {
  let kept = '';
  return {
    push(text) {
      let end = text.length;
      while (end > 0 && kind.test(text.charAt(end - 1))) end--;
      if (end === 0) {
        kept += text;
        return '';
      }
      const said = kept + text.slice(0, end);
      kept = text.slice(end);
      return said;
    },
    end: () => withoutEnd(kept),
  };
}
