/** One server-sent event; `data` must hold no line break (JSON never does). WHATWG HTML, section 9.2.5. */
export function sseData(data: string): string {
  return `data: ${data}\n\n`;
}

/** One named server-sent event. */
export function sseEvent(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}

/** A comment line: clients skip it, sockets and tunnels see traffic. */
export function sseComment(text: string): string {
  return `: ${text}\n\n`;
}
