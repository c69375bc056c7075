import { type SecretShape, secretShapes } from '../base/secret-shapes.ts';

/** The last guard before anything is written: it sees the finished line, whatever made it. */
export type Scrubber = {
  /** Replaces every secret known to the process, and everything that has the shape of one, by `[secret]`. */
  scrub(line: string): string;
  /** Makes a live secret known; the returned function forgets it again. */
  know(secret: string): () => void;
};

/** What goes beside a header or parameter name is a secret whatever its shape. */
const inContext: readonly SecretShape[] = [
  { kind: 'BEARER', pattern: /\bBearer\s+[A-Za-z0-9._~+/=-]{8,}/i },
  { kind: 'BASIC', pattern: /\bBasic\s+[A-Za-z0-9+/=]{12,}/i },
  { kind: 'SIGNATURE', pattern: /\bSignature=[0-9a-f]{16,}/ },
  { kind: 'SECURITY_TOKEN', pattern: /\bX-Amz-(?:Security-Token|Credential|Signature)[=:"\s]+[^"&\s,]{8,}/i },
  { kind: 'PASSWORD_IN_URL', pattern: /:\/\/[^\s/@:"]{1,128}:[^\s/@"]{1,256}@/ },
];

const shapes = [...secretShapes, ...inContext];
const anyShape = new RegExp(shapes.map(({ pattern }) => pattern.source).join('|'), 'gi');
/** Nearly every line is free of all of them: these few looks cost half of one for every shape. */
const glances = [...new Set(shapes.map(({ anchor, pattern }) => anchor ?? pattern))].map(
  (glance) => new RegExp(typeof glance === 'string' ? glance : glance.source, 'i'),
);

/** Shorter than this, a "secret" would blank ordinary words. */
const shortest = 8;

/** A scrubber of its own list; one is made per process and shared by every writer. */
export function createScrubber(): Scrubber {
  const known = new Map<string, number>();
  return {
    scrub(line) {
      let clean = line;
      for (const secret of known.keys()) {
        if (clean.includes(secret)) clean = clean.replaceAll(secret, '[secret]');
      }
      return glances.some((glance) => glance.test(clean)) ? clean.replace(anyShape, '[secret]') : clean;
    },
    know(secret) {
      const forms = secret.length < shortest ? [] : formsOf(secret);
      for (const form of forms) known.set(form, (known.get(form) ?? 0) + 1);
      return () => {
        for (const form of forms.splice(0)) {
          const left = (known.get(form) ?? 1) - 1;
          if (left > 0) known.set(form, left);
          else known.delete(form);
        }
      };
    },
  };
}

/** A secret as text, inside JSON, inside a URL, and in base64, alone or with anything around it (`name:secret`, a whole body). */
function formsOf(secret: string): string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inUrl = encodeURIComponent(secret);
  const inBase64 = (['base64', 'base64url'] as const).flatMap((encoding) => [
    Buffer.from(secret).toString(encoding),
    ...[0, 1, 2].map((before) => innerBase64(secret, before, encoding)),
  ]);
  return [...new Set([secret, inJson, inUrl, ...inBase64])];
}

/** The characters that are the same whatever stands `before` bytes (modulo three) ahead of it and behind it. */
function innerBase64(secret: string, before: number, encoding: 'base64' | 'base64url'): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  return bytes.toString(encoding).slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
}
