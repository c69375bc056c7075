import { Secret } from '../base/secret.ts';
import type { HeldToken } from './token-clock.ts';

/** An access token in force, until `expiresAt` in wall milliseconds. `generation` names it when the upstream refuses it. */
export type AccessToken = { token: Secret; idToken?: Secret | undefined; expiresAt: number; generation: number };

/** The token of a record, for those who call with it. */
export function reveal({ record }: HeldToken): AccessToken {
  return {
    token: new Secret(record.accessToken),
    idToken: record.idToken === undefined ? undefined : new Secret(record.idToken),
    expiresAt: record.expiresAt,
    generation: record.generation,
  };
}
