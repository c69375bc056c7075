import type { Secret } from './secret.ts';

/** The header that shows a key (RFC 6750, section 2.1). */
export const bearer = (key: Secret): { authorization: string } => ({ authorization: `Bearer ${key.reveal()}` });
