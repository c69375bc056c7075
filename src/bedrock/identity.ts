/** AWS access keys; temporary ones carry a session token, and only their own. */
export type AwsKeys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string; expiration?: Date };

/** A Bedrock API key. It is valid in the Region it was made for. */
export type BearerToken = { token: string; expiration?: Date };

/** What a call is made with: signed keys, or a bearer token. */
export type Identity = AwsKeys | BearerToken;

/** Gives the identity that calls are made with. `fresh`: what was given before was refused by AWS. Throws ProxyError `sign_in_needed`. */
export type IdentityProvider = (options: { fresh: boolean }) => Promise<Identity>;

/** Whether an identity is sent as it is instead of signing with it. */
export const isBearer = (identity: Identity): identity is BearerToken => 'token' in identity;

/** Whether it has less than five minutes to live: long enough for a request to be sent and admitted. */
export function isStale(identity: Identity, now: number): boolean {
  return identity.expiration !== undefined && identity.expiration.getTime() - now < 5 * 60_000;
}
