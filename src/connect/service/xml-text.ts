const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as XML takes it, in elements and attributes; control characters, which XML 1.0 forbids, are left out. */
export function xmlText(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '').replaceAll(/[&<>"]/g, (char) => entities[char] ?? char);
}
