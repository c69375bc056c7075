/**
 * Finds where the JSON value ends that opens a text, while the text comes in pieces: the place behind its last character
 * in the piece that holds it, -1 before that. Numbers and words such as `true` have no end that could be seen.
 */
export function valueEnd(): (piece: string) => number {
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  return (piece) => {
    for (let at = 0; at < piece.length; at++) {
      const char = piece[at];
      if (inString) {
        if (isEscaped) isEscaped = false;
        else if (char === '\\') isEscaped = true;
        else if (char === '"') inString = false;
        if (!inString && depth === 0) return at + 1;
      } else if (char === '"') inString = true;
      else if (char === '{' || char === '[') depth++;
      else if ((char === '}' || char === ']') && --depth <= 0) return at + 1;
    }
    return -1;
  };
}
