import { ProxyError } from '../base/errors.ts';
import { isObject } from '../base/json.ts';
import type { Secret } from '../base/secret.ts';
import { awsDomain } from './aws-domain.ts';
import type { AwsKeys } from './aws-identity.ts';
import { type IdentityCenter, objectOf } from './identity-center.ts';
import { secureUrl } from './oauth-server.ts';
import { loginCommand, signInNeeded } from './sign-in-needed.ts';
import { networkCode, tokenRequestMs } from './token-answer.ts';

/** An AWS account in which the person has a role. */
export type Account = { id: string; name: string; email: string };

/** The accounts that the person may enter. Throws `sign_in_needed` when the session is over, as each call here does. */
export async function listAccounts(center: IdentityCenter, token: Secret): Promise<Account[]> {
  const rows = await listAll(center, token, '/assignment/accounts', 'accountList');
  return rows.map((row) => ({
    id: textOf(row['accountId']),
    name: textOf(row['accountName']),
    email: textOf(row['emailAddress']),
  }));
}

/** The names of the person's roles in an account. */
export async function listRoles(center: IdentityCenter, token: Secret, accountId: string): Promise<string[]> {
  const path = `/assignment/roles?account_id=${encodeURIComponent(accountId)}`;
  return (await listAll(center, token, path, 'roleList')).map((row) => textOf(row['roleName']));
}

/** The keys of a role in an account, as long as Identity Center lets them live. Throws `forbidden` for a role that is not the person's. */
export async function roleKeys(
  center: IdentityCenter,
  token: Secret,
  role: { accountId: string; roleName: string },
): Promise<AwsKeys> {
  const query = new URLSearchParams({ role_name: role.roleName, account_id: role.accountId });
  const response = await portal(center, `/federation/credentials?${query}`, token);
  if (response.status === 401) throw sessionOver(center);
  if (response.status === 403 || response.status === 404)
    throw new ProxyError('forbidden', `You have no role ${role.roleName} in the account ${role.accountId}.`, {
      fix: loginCommand,
    });
  const { roleCredentials: keys } = await objectOf(response);
  if (!isObject(keys) || typeof keys['accessKeyId'] !== 'string' || typeof keys['secretAccessKey'] !== 'string')
    throw new ProxyError('upstream_unavailable', 'Identity Center did not give role credentials.', {
      retry: 'backoff',
    });
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = keys;
  return {
    accessKeyId,
    secretAccessKey,
    ...(typeof sessionToken === 'string' && { sessionToken }),
    ...(typeof expiration === 'number' && { expiration: new Date(expiration) }),
  };
}

const sessionOver = ({ startUrl }: IdentityCenter): ProxyError =>
  signInNeeded({ what: `Your AWS sign-in at ${startUrl}`, how: 'is over', fix: loginCommand });

/** A portal that always names a next page must not hold the sign-in for ever. */
const mostPages = 50;

async function listAll(center: IdentityCenter, token: Secret, path: string, list: string) {
  const rows: Record<string, unknown>[] = [];
  let next = '';
  for (let pages = 0; pages < mostPages; pages++) {
    const joint = path.includes('?') ? '&' : '?';
    const page = `max_result=100${next === '' ? '' : `&next_token=${encodeURIComponent(next)}`}`;
    const response = await portal(center, `${path}${joint}${page}`, token);
    if (response.status === 401) throw sessionOver(center);
    const body = await objectOf(response);
    const found = body[list];
    if (Array.isArray(found)) rows.push(...found.filter(isObject));
    next = textOf(body['nextToken']);
    if (next === '') break;
  }
  return rows;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Ends the session at the portal, so that the token is worth nothing any more. */
export async function logOutOfPortal(center: IdentityCenter, token: Secret): Promise<boolean> {
  const response = await portal(center, '/logout', token, 'POST');
  return response.ok;
}

async function portal(center: IdentityCenter, path: string, token: Secret, method = 'GET'): Promise<Response> {
  const { portalEndpoint, region } = center;
  const base = secureUrl(portalEndpoint ?? `https://portal.sso.${region}.${awsDomain(region)}`, 'endpoint');
  const asked = (center.fetch ?? fetch)(new URL(path, base), {
    method,
    headers: { 'x-amz-sso_bearer_token': token.reveal() },
    redirect: 'manual',
    signal: AbortSignal.timeout(tokenRequestMs),
  });
  return asked.catch((cause: unknown) => {
    throw new ProxyError('upstream_unavailable', `IAM Identity Center in ${region} could not be reached.`, {
      retry: 'backoff',
      retryAfterMs: 2_000,
      fix: 'check the network, and HTTPS_PROXY if your company has a proxy',
      detail: `portal: ${networkCode(cause)}`,
    });
  });
}
