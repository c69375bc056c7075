/**
 * V8 keeps a text that was put together as its pieces, and with each piece the frame that it was cut from, until somebody
 * reads it: ten times the memory of the text.
 */
export function flatten(text: string): void {
  Buffer.byteLength(text);
}
