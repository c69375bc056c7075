import { blank, capital, secretShapes } from '../../base/secret-shapes.ts';
import type { Detector } from './detector.ts';

/** Words that people put where a secret will stand. */
const dummies =
  /^(?:x+|\*+|\.+|<.*>|\$*\{.*|%.*%|your.*|my.*|example.*|changeme|change_me|placeholder|redacted|secret|password|passw0rd|null|none|undefined|true|false|test.*|todo)$/i;

/** A value that looks random: mixed, and not one character over and over. */
function looksRandom(value: string): boolean {
  if (dummies.test(value)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(value)).length;
  return kinds >= 2 && entropy(value) >= 3;
}

/** A path, or where a program finds the value: `process.env.TOKEN2`. */
const namesAPlace = /^(?:[.~]{0,2}\/|[A-Za-z_]\w*(?:\.\w+)+$)/;

/** Shannon entropy in bits a character. */
function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

/** Secrets that are known by what stands beside them. */
const inContext: readonly Detector[] = [
  {
    kind: 'AWS_SECRET_KEY',
    group: 'secret',
    anchor: /secret_?(?:access_?)?key/i,
    pattern: /\b(?:aws_?)?secret_?(?:access_?)?key\b["']?\s{0,4}[:=]\s{0,4}["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/i,
    valid: looksRandom,
  },
  {
    kind: 'CONNECTION_STRING',
    group: 'secret',
    anchor: '://',
    // The rare "://" is looked for first, and the scheme behind it only there.
    pattern:
      /:\/\/(?<=\b(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|mssql|sqlserver|ftp|https?):\/\/)[^\s:@/"'<>]{0,64}:([^\s:@/"'<>]{3,128})@[^\s"'<>]/,
    valid: (value) => !dummies.test(value),
  },
  // ADO.NET's and JDBC's.
  ...['Password=', '&password='].map(
    (anchor): Detector => ({
      kind: 'CONNECTION_STRING',
      group: 'secret',
      anchor,
      pattern: new RegExp(`(?:[;?] ?(?=P)|(?=&))${anchor}([^\\s;&"'<>]{6,128})`),
      valid: (value) => !dummies.test(value),
    }),
  ),
  {
    kind: 'SLACK_WEBHOOK',
    group: 'secret',
    anchor: '://',
    pattern: /:\/\/hooks\.slack\.com\/services\/(T[A-Z0-9]{8,12}\/B[A-Z0-9]{8,12}\/[A-Za-z0-9]{24})/,
  },
  {
    kind: 'AZURE_KEY',
    group: 'secret',
    anchor: capital,
    pattern: /\b(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{43,86}={0,2})/,
  },
  {
    kind: 'API_KEY',
    group: 'secret',
    // A quoted value is rarer than the words are.
    anchor: new RegExp(
      `[:=][=>]?${blank}{0,4}["'](?<=(?:key|token|secret|passwd|password)["']?${blank}{0,4}[:=][=>]?${blank}{0,4}["'])`,
      'i',
    ),
    pattern:
      /(?:api_?key|access_?token|auth_?token|client_?secret|secret_?key|passwd|password)["']?\s{0,4}(?:=|:|=>|:=)\s{0,4}["']([^\s"'<>]{12,128})["']/i,
    valid: looksRandom,
  },
  {
    // As a line of a shell or of a `.env` file has them, quoted or not.
    kind: 'ENV_SECRET',
    group: 'secret',
    // These capitals are rarer than the equals sign is.
    anchor: /[YNTD]=(?<=(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PWD)=)["']?[\w+/!@#%^&*~-]{4}/,
    pattern:
      /=(?<=\b[A-Z0-9_]{0,40}(?:API_?KEY|SECRET_KEY|ACCESS_KEY|AUTH_KEY|TOKEN|SECRET|PASSWORD|PASSWD|PWD)=)["']?([A-Za-z0-9+/_=.!@#%^&*~-]{12,128})(?=["']?(?:\s|$))/,
    valid: (value) => looksRandom(value) && /\d/.test(value) && !namesAPlace.test(value),
  },
  {
    kind: 'BASIC_AUTH',
    group: 'secret',
    anchor: capital,
    pattern: /\bBasic\s{1,4}([A-Za-z0-9+/]{12,512}={0,2})/,
    valid: (value) => /^[\x20-\x7e]+:[\x20-\x7e]+$/.test(Buffer.from(value, 'base64').toString('latin1')),
  },
  {
    kind: 'BEARER_TOKEN',
    group: 'secret',
    anchor: capital,
    pattern: /\bBearer\s{1,4}([A-Za-z0-9._~+/=-]{20,512})/,
    valid: looksRandom,
  },
];

/** Keys, tokens and passwords. Published prefixes come first: they are hardly ever wrong. */
export const secretDetectors: readonly Detector[] = [
  ...secretShapes.map((shape): Detector => ({ ...shape, group: 'secret' })),
  ...inContext,
];
