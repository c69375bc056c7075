import { hash } from 'node:crypto';
import type { LoginWish } from './login.ts';

/** The vault's record of a pasted Bedrock API key. */
export const bedrockKeyRecord = 'sign-in/bedrock-key';

/** A sign-in that is kept up by tokens, wished for or made. */
export type TokenWish = Extract<LoginWish, { source: 'identity-center' | 'oidc' | 'exchange' }>;

/**
 * The vault's record of a sign-in's tokens: every server and client has its own, so that no login, finished or not, can
 * get a token of one sent to another.
 */
export function tokenRecord(from: TokenWish): string {
  return `sign-in/token-${hash('sha256', JSON.stringify(grantorOf(from))).slice(0, 16)}`;
}

function grantorOf(from: TokenWish): readonly unknown[] {
  switch (from.source) {
    case 'identity-center':
      return [from.startUrl, from.region];
    case 'oidc':
      return [from.issuer, from.clientId, from.scopes, from.audience];
    case 'exchange':
      return [from.tokenEndpoint, from.clientId];
    default:
      return from satisfies never;
  }
}

/** The vault's records of a sign-in, whichever account and role it leads to. */
export function recordsOf(signIn: LoginWish): string[] {
  switch (signIn.source) {
    case 'aws':
    case 'minted-key':
      return [];
    case 'bedrock-key':
      return [bedrockKeyRecord];
    case 'identity-center':
    case 'oidc':
    case 'exchange':
      return [tokenRecord(signIn)];
    default:
      return signIn satisfies never;
  }
}
