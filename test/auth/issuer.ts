import { createServer, type Server } from 'node:http';
// oidc-provider ships no types; what is used of it is named here.
// @ts-expect-error untyped package
import Provider from 'oidc-provider';

type Grants = { grant: string; error?: string };

export type Issuer = {
  url: string;
  /** Every token request that was answered, in order. */
  requests: Grants[];
  /** A refresh token as a login would have brought, straight from the issuer's own models. */
  mint(): Promise<string>;
  close(): Promise<void>;
};

export const issuerClient = 'claude-bedrock-test';

/**
 * oidc-provider as authorization server: rotates refresh tokens at each use and destroys the whole grant when a spent
 * one comes back. Logins go through its development pages; device codes are on.
 */
export async function startIssuer(): Promise<Issuer> {
  const server: Server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}`;
  const provider = new Provider(url, {
    clients: [
      {
        client_id: issuerClient,
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        redirect_uris: ['http://127.0.0.1/oauth/callback'],
      },
    ],
    scopes: ['openid', 'offline_access'],
    features: {
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      devInteractions: { enabled: true },
      rpInitiatedLogout: { enabled: false },
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    ttl: { AccessToken: 300, RefreshToken: 604_800, IdToken: 300, Grant: 604_800, Session: 3600, Interaction: 600 },
    findAccount: async (_context: unknown, id: string) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    cookies: { keys: ['test'] },
  });
  const requests: Grants[] = [];
  type Context = { oidc?: { params?: { grant_type?: string } } };
  provider.on('grant.success', ({ oidc }: Context) => requests.push({ grant: oidc?.params?.grant_type ?? '' }));
  provider.on('grant.error', ({ oidc }: Context, error: Error) =>
    requests.push({ grant: oidc?.params?.grant_type ?? '', error: error.message }),
  );
  server.on('request', provider.callback());
  return {
    url,
    requests,
    async mint() {
      const client = await provider.Client.find(issuerClient);
      const grant = new provider.Grant({ accountId: 'ana', clientId: issuerClient });
      grant.addOIDCScope('openid offline_access');
      const grantId = await grant.save();
      return new provider.RefreshToken({
        accountId: 'ana',
        client,
        grantId,
        scope: 'openid offline_access',
        gty: 'authorization_code',
        rotations: 0,
        iiat: Math.floor(Date.now() / 1000),
      }).save();
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
