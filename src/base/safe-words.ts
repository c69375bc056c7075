import { secretShapes } from './secret-shapes.ts';

const shapes = new RegExp(secretShapes.map(({ pattern }) => pattern.source).join('|'), 'gi');

/**
 * What AWS or its SDK said, without what it may quote: a refused signature is explained by the canonical request, whose
 * headers hold the session token; an incomplete one by the Authorization header; a failed `credential_process` by its
 * command line and what it wrote. These words reach the client's chat.
 */
export function safeWords(said: string): string {
  return said
    .replace(/The Canonical String for this request[\s\S]*$/i, '')
    .trimEnd()
    .replace(/^Command failed\b[\s\S]*$/i, 'the credential_process of the profile failed')
    .replace(/'[^']*'(?= not a valid key=value pair)/g, '[secret]')
    .replace(shapes, '[secret]')
    .replace(/\b(Bearer|Basic|Credential=|Signature=|security-token:)\s*[^\s,'"]{4,}/gi, '$1 [secret]')
    .replace(/[\w+/=-]{65,}/g, '[…]');
}
