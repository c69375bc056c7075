/** `just now`, `6 min ago`, `3 h ago`, `2 days ago`; below `nowMs` it is now. */
export function agoText(ms: number, nowMs = 60_000): string {
  return ms < nowMs ? 'just now' : `${spanText(ms)} ago`;
}

/** A span of milliseconds for people, rounded down to one unit or two: `45 s`, `6 min`, `7 h 51 min`, `2 days`. */
export function spanText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1_000))} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 || hours >= 12 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}
