import { heldEnd, peeledText, type StreamedText } from './peeled-text.ts';

const wrapper = /^\s*\{\s*"properties"\s*:\s*(?=\{)/;
/** Could still become the wrapper: every beginning of it. */
const beginning = /^\s*(?:\{\s*(?:"(?:p(?:r(?:o(?:p(?:e(?:r(?:t(?:i(?:e(?:s(?:"\s*(?::\s*)?)?)?)?)?)?)?)?)?)?)?)?)?)?$/;

/**
 * Streams an answer tool's input as the answer's text. Models sometimes wrap it the way the schema is written,
 * `{"properties":{…}}`: then the inner object is given out (case 65), unless the schema has such a property itself.
 * A call without input is `{}`.
 */
export function answerText(ownProperties: boolean): StreamedText {
  // The last of the closing brackets belongs to the wrapper.
  const withoutLast = (kept: string): string => kept.slice(0, Math.max(0, kept.lastIndexOf('}'))).trimEnd();
  const peeled = peeledText({ beginning, opening: wrapper, inside: () => heldEnd(/[\s}]/, withoutLast) });
  let any = false;
  return {
    push(text) {
      if (text !== '') any = true;
      return ownProperties ? text : peeled.push(text);
    },
    end: () => (any ? peeled.end() : '{}'),
  };
}
