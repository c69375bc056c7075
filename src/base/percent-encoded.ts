/** RFC 3986's unreserved characters stay, nothing else: stricter than encodeURIComponent, as AWS's signatures want it. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
