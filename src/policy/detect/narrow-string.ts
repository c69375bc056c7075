/** Below this, looking through a text costs less than a copy of it. */
const worthACopy = 1_024;
const beyondLatin1 = /[^\0-\xff]/;

/**
 * A text in which everything ASCII stands where it does in `text`; of other characters the lower byte is left, which may
 * look like ASCII. V8 passes over many characters at a time only in strings of one byte a character, and a single "…"
 * makes all of a text a string of two: the copy is searched in a third of the time.
 */
export function inNarrowString(text: string): string {
  if (text.length < worthACopy || !beyondLatin1.test(text)) return text;
  return Buffer.from(text, 'latin1').toString('latin1');
}
