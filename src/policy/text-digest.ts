import { hash } from 'node:crypto';

/** Texts of so many characters are known by their digest; for less, the look at the text itself costs no more. */
export const longText = 1_024;

/** The digest of a text; of one that stands in `holder`, a part of a request that is never changed, it is made once. */
export type TextDigest = (text: string, holder?: object) => string;

/** Digests keyed with a secret of the process: nobody can try texts against them, and none leaves it. */
export function textDigest(secret: string): TextDigest {
  const made = new WeakMap<object, string>();
  return (text, holder) => {
    const known = holder && made.get(holder);
    if (known !== undefined) return known;
    // A digest reads a lone surrogate as U+FFFD, whichever it is; escaped, each stays itself.
    const whole = text.isWellFormed() ? `=${text}` : JSON.stringify(text);
    const digest = hash('sha256', `${secret}\n${whole}`, 'base64url');
    if (holder) made.set(holder, digest);
    return digest;
  };
}
