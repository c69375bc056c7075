import { isCard, isCpf, isDni, isIban, isInsee, isNino, isPesel, isSsn, isSteuerId } from './checksums.ts';
import type { Detector } from './detector.ts';

const personal = (kind: string, pattern: RegExp, more: Pick<Detector, 'valid' | 'anchor' | 'gate'> = {}): Detector => ({
  kind,
  group: 'personal',
  pattern,
  ...more,
});

/** Addresses that documentation and code are full of, and that reach nobody (RFC 2606, RFC 5737, RFC 1918 and kin). */
function isPublicIp(value: string): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = value.split('.').map(Number);
  if ([a, b, c, d].some((part) => part > 255)) return false;
  if (a === 0 || a === 10 || a === 127 || a >= 224) return false;
  if ((a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 169 && b === 254)) return false;
  if ((a === 192 && b === 0) || (a === 198 && b === 51 && c === 100) || (a === 203 && b === 0 && c === 113))
    return false;
  // Carriers' own networks (RFC 6598), and benchmarks (RFC 2544).
  if ((a === 100 && b >= 64 && b < 128) || (a === 198 && (b === 18 || b === 19))) return false;
  // Four small numbers are more often a version than an address.
  return !(a < 20 && b < 20 && c < 20 && d < 20);
}

function isRealMailbox(value: string): boolean {
  const domain = value.slice(value.lastIndexOf('@') + 1).toLowerCase();
  if (/(?:^|\.)(?:example\.(?:com|net|org)|example|test|invalid|localhost|local)$/.test(domain)) return false;
  // git@github.com:…, and decorators and packages such as @types/node@24.1.0
  return !/^(?:git|noreply|no-reply)@/i.test(value) && !/\.(?:js|ts|png|jpg|svg|json)$/.test(domain);
}

/** E.164 allows 15 digits and national numbers hardly come below 8. */
function isPhone(value: string): boolean {
  const digits = value.replace(/\D/g, '');
  return digits.length >= 8 && digits.length <= 15 && !/^(\d)\1+$/.test(digits);
}

/** Written out: V8 skips through text by a row of classes, and not by a counted loop. */
const digitsInRow = (count: number, between: string, behind = ''): RegExp =>
  new RegExp(`\\d${`${between}\\d`.repeat(count - 1)}${behind}`);
const longNumber = digitsInRow(9, '[ .-]?');
const phoneNumber = digitsInRow(8, '[ .()-]{0,2}');
/** Six digits stand in whatever is made of digits but an address. */
const number = digitsInRow(6, '[ .()-]{0,2}');

/** Data about persons. A number without a checksum counts only in the form that people write it in. */
export const personalDetectors: readonly Detector[] = [
  // The rare "@" is looked for first, and the name before it only there.
  personal(
    'EMAIL',
    /@(?<=\b(?<head>[A-Za-z0-9][A-Za-z0-9._%+-]{0,63})@)(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b/,
    { valid: isRealMailbox, anchor: '@' },
  ),
  personal('IBAN', /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/, {
    valid: isIban,
    anchor: new RegExp(`\\d${' ?[A-Z0-9][A-Z0-9][A-Z0-9][A-Z0-9]'.repeat(2)}`),
  }),
  personal('CARD', /(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\d.-]?\d|[A-Za-z_])/, {
    valid: isCard,
    gate: number,
    anchor: longNumber,
  }),
  personal('SSN', /(?<![\w-])((?:\d{3}-\d{2}-\d{4})|(?:\d{3} \d{2} \d{4}))(?![\w-])/, {
    valid: isSsn,
    gate: number,
    anchor: longNumber,
  }),
  personal('INSEE', /(?<!\w)[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?!\w)/, {
    valid: isInsee,
    gate: number,
    anchor: /\d{3} ?\d{3} ?\d{2}/,
  }),
  personal('DNI', /\b(?:\d{8}|[XYZ]-?\d{7})-?[A-HJ-NP-TV-Z]\b/, {
    valid: isDni,
    gate: number,
    anchor: digitsInRow(7, '', '-?[A-HJ-NP-TV-Z]'),
  }),
  personal('PESEL', /\bPESEL\b\D{0,12}(\d{11})(?!\d)/i, { valid: isPesel, gate: number, anchor: longNumber }),
  personal(
    'STEUER_ID',
    /\b(?:Steuer-?ID|Steueridentifikationsnummer|IdNr\.?|Tax ID)\b\D{0,12}(\d{2} ?\d{3} ?\d{3} ?\d{3})(?!\d)/i,
    { valid: isSteuerId, gate: number, anchor: longNumber },
  ),
  personal('CPF', /(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)/, { valid: isCpf, gate: number, anchor: longNumber }),
  personal('NINO', /\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b/, {
    valid: isNino,
    gate: number,
  }),
  personal(
    'PHONE',
    /(?<![\w.+-])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){2,4}|\(\d{3}\) ?\d{3}[ .-]\d{4}|\d{3}[.-]\d{3}[.-]\d{4})(?![\w-])/,
    { valid: isPhone, gate: number, anchor: phoneNumber },
  ),
  personal('IP', /(?<![\w.-])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w-]|\.\d)/, {
    valid: isPublicIp,
    anchor: /\d\.\d{1,3}\.\d{1,3}\.\d/,
  }),
];
