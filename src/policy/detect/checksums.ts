/* The check digits of numbers that people have; each takes the number with its separators. */

const digitsOf = (value: string): string => value.replace(/\D/g, '');

/** ISO/IEC 7812-1, annex B. */
export function luhn(value: string): boolean {
  const digits = digitsOf(value);
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]);
    const weighted = at % 2 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

/** ISO 7064 MOD 97-10, as in IBANs (ISO 13616). */
function mod97(text: string): number {
  let rest = 0;
  for (const char of text) {
    const value = Number.parseInt(char, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}

/** Length by country, from the SWIFT registry's list of countries. */
const ibanLengths: Record<string, number> = {
  AD: 24,
  AE: 23,
  AT: 20,
  BE: 16,
  BG: 22,
  CH: 21,
  CY: 28,
  CZ: 24,
  DE: 22,
  DK: 18,
  EE: 20,
  ES: 24,
  FI: 18,
  FR: 27,
  GB: 22,
  GR: 27,
  HR: 21,
  HU: 28,
  IE: 22,
  IL: 23,
  IS: 26,
  IT: 27,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  MC: 27,
  MT: 31,
  NL: 18,
  NO: 15,
  PL: 28,
  PT: 25,
  RO: 24,
  SA: 24,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
  TR: 26,
  UA: 29,
};

/** Whether the text, spaces apart, is an IBAN: a known country's length, and the check digits of ISO 13616. */
export function isIban(value: string): boolean {
  const text = value.replaceAll(' ', '').toUpperCase();
  if (ibanLengths[text.slice(0, 2)] !== text.length) return false;
  return mod97(text.slice(4) + text.slice(0, 4)) === 1;
}

/** Prefixes of the networks that issue cards, and the length that goes with each. */
export function isCard(value: string): boolean {
  const digits = digitsOf(value);
  const network =
    /^4(?:\d{12}|\d{15}|\d{18})$/.test(digits) ||
    /^(?:5[1-5]|2[2-7])\d{14}$/.test(digits) ||
    /^3[47]\d{13}$/.test(digits) ||
    /^(?:6011|65|64[4-9])\d{12,14}$/.test(digits) ||
    /^35(?:2[89]|[3-8]\d)\d{12}$/.test(digits) ||
    /^3(?:0[0-5]|[68]\d)\d{11}$/.test(digits);
  return network && luhn(digits);
}

/** Social Security numbers: the areas 000, 666 and 900–999, the group 00 and the serial 0000 were never given out. */
export function isSsn(value: string): boolean {
  const [area = '', group = '', serial = ''] = value.split(/[- ]/);
  return area !== '000' && area !== '666' && area < '900' && group !== '00' && serial !== '0000';
}

/** The number of France's INSEE: 13 characters and a key of two, 97 less the rest; Corsica's 2A and 2B stand for 19 and 18. */
export function isInsee(value: string): boolean {
  const text = value.replace(/[ .]/g, '').toUpperCase().replace('2A', '19').replace('2B', '18');
  if (!/^\d{15}$/.test(text)) return false;
  const number = BigInt(text.slice(0, 13));
  return 97n - (number % 97n) === BigInt(text.slice(13));
}

/** Spain's DNI and NIE: a letter by the rest of 23. */
export function isDni(value: string): boolean {
  const text = value.replace(/[-. ]/g, '').toUpperCase();
  const number = text.slice(0, -1).replace('X', '0').replace('Y', '1').replace('Z', '2');
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[Number(number) % 23] === text.at(-1);
}

/** Poland's PESEL: weights, and a date of birth that can be. */
export function isPesel(value: string): boolean {
  const month = Number(value.slice(2, 4)) % 20;
  const day = Number(value.slice(4, 6));
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  const weights = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1];
  return weights.reduce((sum, weight, at) => sum + weight * Number(value[at]), 0) % 10 === 0;
}

/** Germany's Steuer-ID: ISO 7064 MOD 11,10; in its first ten digits exactly one comes two or three times. */
export function isSteuerId(value: string): boolean {
  const digits = digitsOf(value);
  if (digits.length !== 11 || digits[0] === '0') return false;
  const counts = new Map<string, number>();
  for (const digit of digits.slice(0, 10)) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  const repeated = [...counts.values()].filter((count) => count > 1);
  if (repeated.length !== 1 || (repeated[0] ?? 0) > 3) return false;
  let product = 10;
  for (const digit of digits.slice(0, 10)) {
    const sum = (Number(digit) + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits[10]);
}

/** Brazil's CPF: two check digits by MOD 11. */
export function isCpf(value: string): boolean {
  const digits = digitsOf(value);
  if (digits.length !== 11 || /^(\d)\1+$/.test(digits)) return false;
  const check = (length: number) => {
    let sum = 0;
    for (let at = 0; at < length; at++) sum += Number(digits[at]) * (length + 1 - at);
    return ((sum * 10) % 11) % 10;
  };
  return check(9) === Number(digits[9]) && check(10) === Number(digits[10]);
}

/** The United Kingdom's national insurance number: prefixes that are never given out. */
export function isNino(value: string): boolean {
  return !/^(?:BG|GB|KN|NK|NT|TN|ZZ)/i.test(value);
}
