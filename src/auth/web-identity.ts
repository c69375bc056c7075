import { type ErrorCode, ProxyError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import { type AwsKeys, bareKeys } from './aws-identity.ts';
import { globalHandler } from './global-handler.ts';
import { loginCommand } from './sign-in-needed.ts';

/** The role that a token is traded for. */
export type WebIdentityRole = {
  roleArn: string;
  region: string;
  /** Another STS, e.g. a VPC endpoint. */
  endpoint?: string | undefined;
};

/** Trades an OpenID Connect token for role keys at STS (`AssumeRoleWithWebIdentity`, unsigned, no AWS account needed before). */
export async function assumeRoleWithToken(role: WebIdentityRole, token: Secret): Promise<AwsKeys> {
  const [{ fromWebToken }, requestHandler] = await Promise.all([
    import('@aws-sdk/credential-provider-web-identity'),
    globalHandler(),
  ]);
  const { roleArn, region, endpoint } = role;
  const provider = fromWebToken({
    roleArn,
    // Shown in CloudTrail.
    roleSessionName: 'claude-bedrock',
    webIdentityToken: token.reveal(),
    clientConfig: { region, ...(endpoint !== undefined && { endpoint }), maxAttempts: 2, requestHandler },
  });
  try {
    return bareKeys(await provider());
  } catch (error) {
    throw roleRefused(error, roleArn);
  }
}

const fixes: Readonly<Record<string, readonly [code: ErrorCode, what: string, fix: string]>> = {
  ExpiredTokenException: ['sign_in_needed', 'The sign-in token has expired, so STS gives no keys for', loginCommand],
  InvalidIdentityToken: [
    'sign_in_needed',
    'STS does not accept the issuer’s token for',
    'check the OIDC provider (issuer URL, audience) in IAM',
  ],
  // A new token does not change what a trust policy says.
  AccessDenied: [
    'forbidden',
    'You may not assume',
    'check the trust policy of the role: issuer, audience (aud) and subject (sub)',
  ],
  IDPRejectedClaim: ['sign_in_needed', 'The issuer refused the claims for', loginCommand],
};

/** AWS's own message may quote the token's claims: it stays behind. */
function roleRefused(error: unknown, roleArn: string): ProxyError {
  const name = error instanceof Error ? error.name : '';
  const known = fixes[name] ?? fixes[name.replace(/Exception$/, '')];
  if (known) {
    const [code, what, fix] = known;
    return new ProxyError(code, `${what} ${roleArn}.`, { fix, detail: `sts: ${name}` });
  }
  return new ProxyError('upstream_unavailable', 'STS did not give credentials for the role.', {
    fix: 'claude-bedrock aws validate',
    retry: 'backoff',
    detail: `sts: ${name}`,
  });
}
