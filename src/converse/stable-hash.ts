const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * The same short base-62 text for the same input, on every machine and run: FNV-1a of 32 bits, stretched round by round.
 * Tells names apart; it is no secret and no proof.
 */
export function stableHash(text: string, length: number): string {
  let result = '';
  let state = 0x811c9dc5;
  for (let round = 0; result.length < length; round++) {
    for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
    state = Math.imul(state ^ (round + 1), 0x01000193);
    const bits = (state ^ (state >>> 15)) >>> 0;
    result += alphabet[bits % 62] ?? '';
    result += alphabet[Math.floor(bits / 62) % 62] ?? '';
    result += alphabet[Math.floor(bits / 3844) % 62] ?? '';
  }
  return result.slice(0, length);
}
