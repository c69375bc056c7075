/** A piece of a text: plain words, or a control token by its spelling. */
export type Piece = { text: string } | { token: string };

/**
 * Cuts a text that arrives in pieces at its control tokens. Held back is only what may be the beginning of a token; `end`
 * gives it out when no more comes.
 */
export function controlTokens(tokens: readonly string[]): { push(text: string): Piece[]; end(): string } {
  let kept = '';
  return {
    push(text) {
      const all = kept + text;
      kept = '';
      const pieces: Piece[] = [];
      let from = 0;
      for (let at = all.indexOf('<'); at !== -1; at = all.indexOf('<', at + 1)) {
        const token = tokens.find((spelling) => all.startsWith(spelling, at));
        if (token === undefined && !beginsToken(tokens, all.slice(at))) continue;
        if (at > from) pieces.push({ text: all.slice(from, at) });
        from = at;
        if (token === undefined) break;
        pieces.push({ token });
        from += token.length;
        at = from - 1;
      }
      if (beginsToken(tokens, all.slice(from))) kept = all.slice(from);
      else if (from < all.length) pieces.push({ text: all.slice(from) });
      return pieces;
    },
    end() {
      const rest = kept;
      kept = '';
      return rest;
    },
  };
}

function beginsToken(tokens: readonly string[], text: string): boolean {
  return text !== '' && tokens.some((token) => token.startsWith(text));
}
