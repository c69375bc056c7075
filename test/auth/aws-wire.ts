import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

export type AwsWire = {
  url: string;
  /** Method, path and body of every call. */
  calls: { path: string; body: string; headers: IncomingMessage['headers'] }[];
  /** Takes back every access token that was given out: the portal then answers 401. */
  revokeAccess(): void;
  /** The next call of this path is answered so. */
  next(path: string, status: number, body: object | string): void;
  close(): void;
};

/**
 * IAM Identity Center (sso-oidc and portal) and STS on a loopback port, by their documented wire: camelCase JSON with
 * `x-amzn-errortype`, expiration in milliseconds, and STS's query protocol with XML.
 */
export async function startAwsWire(): Promise<AwsWire> {
  let refresh = '';
  let access = '';
  let count = 0;
  let approvedAfter = 1;
  const calls: AwsWire['calls'] = [];
  const planned = new Map<string, { status: number; body: object | string }[]>();

  const pair = () => {
    count += 1;
    access = `canary-access-${count}`;
    refresh = `canary-refresh-${count}`;
    return { accessToken: access, refreshToken: refresh, expiresIn: 3600, tokenType: 'Bearer' };
  };
  const failure = (error: string, type: string) => ({
    status: 400,
    body: { error, error_description: 'canary' },
    type,
  });

  function token(body: Record<string, string>) {
    if (body['clientSecret'] !== 'canary-client-secret')
      return { ...failure('invalid_client', 'InvalidClientException'), status: 401 };
    if (body['grantType'] === 'refresh_token') {
      return body['refreshToken'] === refresh
        ? { status: 200, body: pair() }
        : failure('invalid_grant', 'InvalidGrantException');
    }
    if (body['grantType'] === 'authorization_code') {
      const right = body['code'] === 'canary-code' && (body['codeVerifier'] ?? '').length >= 43;
      return right ? { status: 200, body: pair() } : failure('invalid_grant', 'InvalidGrantException');
    }
    if (approvedAfter-- > 0) return failure('authorization_pending', 'AuthorizationPendingException');
    return { status: 200, body: pair() };
  }

  function portal(url: URL, headers: IncomingMessage['headers']) {
    if (headers['x-amz-sso_bearer_token'] !== access || access === '')
      return { status: 401, body: { message: 'Session token not found or invalid' }, type: 'UnauthorizedException' };
    if (url.pathname === '/logout') return { status: 200, body: {} };
    if (url.pathname === '/assignment/accounts') {
      const second = url.searchParams.get('next_token') === 'p2';
      const account = (id: string) => ({
        accountId: id,
        accountName: `account ${id}`,
        emailAddress: `${id}@example.com`,
      });
      return {
        status: 200,
        body: second
          ? { accountList: [account('222222222222')] }
          : { accountList: [account('111111111111')], nextToken: 'p2' },
      };
    }
    if (url.pathname === '/assignment/roles')
      return { status: 200, body: { roleList: [{ roleName: 'Dev' }, { roleName: 'ReadOnly' }] } };
    if (url.searchParams.get('role_name') !== 'Dev')
      return { status: 403, body: { message: 'No access' }, type: 'ForbiddenException' };
    const roleCredentials = {
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 'canary-secret-key',
      sessionToken: 'canary-session',
      expiration: Date.now() + 3_600_000,
    };
    return { status: 200, body: { roleCredentials } };
  }

  function sts(body: URLSearchParams, url: URL) {
    const action = body.get('Action') ?? url.searchParams.get('Action');
    if (action === 'GetCallerIdentity')
      return {
        status: 200,
        body: '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:sts::111111111111:assumed-role/Dev/ana</Arn><UserId>AROA:ana</UserId><Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
      };
    if (body.get('WebIdentityToken')?.startsWith('stale'))
      return {
        status: 400,
        body: '<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredTokenException</Code><Message>Token canary-id expired</Message></Error></ErrorResponse>',
      };
    return {
      status: 200,
      body: `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAWEB</AccessKeyId><SecretAccessKey>canary-secret-key</SecretAccessKey><SessionToken>canary-session</SessionToken><Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
    };
  }

  function answer(
    url: URL,
    body: string,
    headers: IncomingMessage['headers'],
  ): { status: number; body: object | string; type?: string } {
    const plan = planned.get(url.pathname)?.shift();
    if (plan) return plan;
    switch (url.pathname) {
      case '/client/register':
        return {
          status: 200,
          body: {
            clientId: 'client-1',
            clientSecret: 'canary-client-secret',
            clientSecretExpiresAt: Math.floor(Date.now() / 1000) + 90 * 86_400,
          },
        };
      case '/device_authorization':
        return {
          status: 200,
          body: {
            deviceCode: 'canary-device',
            userCode: 'ABCD-EFGH',
            verificationUri: 'https://device.example/',
            verificationUriComplete: 'https://device.example/?user_code=ABCD-EFGH',
            expiresIn: 600,
            interval: 1,
          },
        };
      case '/token':
        return token(JSON.parse(body));
      case '/':
        return sts(new URLSearchParams(body), url);
      default:
        return portal(url, headers);
    }
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://wire');
    const body = await text(request);
    calls.push({ path: url.pathname + url.search, body, headers: request.headers });
    const { status, body: reply, type } = answer(url, body, request.headers);
    const isXml = typeof reply === 'string';
    const textType = typeof reply === 'string' && reply.startsWith('<h1>') ? 'text/html' : 'text/xml';
    response.writeHead(status, {
      'content-type': isXml ? textType : 'application/json',
      ...(type && { 'x-amzn-errortype': type }),
    });
    response.end(isXml ? reply : JSON.stringify(reply));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    revokeAccess: () => {
      access = '';
    },
    next(path, status, body) {
      planned.set(path, [...(planned.get(path) ?? []), { status, body }]);
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
