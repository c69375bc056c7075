/** AWS access keys; temporary ones carry a session token, and only their own. */
export type AwsKeys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string; expiration?: Date };

/** A Bedrock API key, valid in the Region it was made for; or a company's own token, which is for its gateway alone. */
export type BearerToken = { token: string; expiration?: Date; forGateway?: true };

/** What a call is made with: signed keys, or a bearer token. */
export type Identity = AwsKeys | BearerToken;

/** Gives the identity that calls are made with. `fresh`: what was given before was refused by AWS. Throws ProxyError `sign_in_needed`. */
export type IdentityProvider = (options: { fresh: boolean }) => Promise<Identity>;

/** Whether an identity is sent as it is instead of signing with it. */
export const isBearer = (identity: Identity): identity is BearerToken => 'token' in identity;

/** Whether a company's token for its gateway would be sent to AWS's own Bedrock. */
export const strays = (identity: Identity, host: string): boolean =>
  isBearer(identity) &&
  identity.forGateway === true &&
  /^bedrock(?:-[a-z]+)*\.[a-z\d-]+\.(?:amazonaws\.|api\.aws$)/.test(host);

/** Whether it has less than five minutes to live: long enough for a request to be sent and admitted. */
export function isStale(identity: Identity, now: number): boolean {
  return identity.expiration !== undefined && identity.expiration.getTime() - now < 5 * 60_000;
}
