import type { Clock } from '../base/clock.ts';
import { isObject, parsedJson } from '../base/json.ts';
import { type IdentityCenter, type Registration, registerClient } from './identity-center.ts';
import type { Patience, Vault } from './vault.ts';

const recordName = 'sign-in/identity-center-client';

/** A registration that ends within a week is replaced at the next sign-in, so that no refresh fails for its sake. */
const spareMs = 7 * 24 * 3_600_000;

/** The stored registration for refreshing; a new one where none is stored: the server then says that the token is not ours. */
export async function readRegistration(vault: Vault, center: IdentityCenter, clock: Clock): Promise<Registration> {
  return (await stored(vault, center, clock.now(), 'background')) ?? registerClient(center);
}

/** The registration to sign in with: the stored one while it lasts long enough, else a new one, stored. */
export async function registrationForLogin(vault: Vault, center: IdentityCenter, clock: Clock): Promise<Registration> {
  const known = await stored(vault, center, clock.now() + spareMs, 'prompt');
  if (known) return known;
  const fresh = await registerClient(center);
  await vault.set(recordName, JSON.stringify({ ...fresh, startUrl: center.startUrl, region: center.region }), 'prompt');
  return fresh;
}

/** Deletes the registration; whether there was one. */
export const forgetRegistration = (vault: Vault): Promise<boolean> => vault.delete(recordName, 'prompt');

async function stored(
  vault: Vault,
  center: IdentityCenter,
  mustLastUntil: number,
  patience: Patience,
): Promise<Registration | undefined> {
  const text = await vault.get(recordName, patience);
  const value = text === undefined ? undefined : parsedJson(text);
  if (!isObject(value) || value['startUrl'] !== center.startUrl || value['region'] !== center.region) return undefined;
  const { clientId, clientSecret, expiresAt } = value;
  if (typeof clientId !== 'string' || typeof clientSecret !== 'string' || typeof expiresAt !== 'number')
    return undefined;
  return expiresAt > mustLastUntil ? { clientId, clientSecret, expiresAt } : undefined;
}
