import type { BedrockRuntimeClientConfig } from '@aws-sdk/client-bedrock-runtime';
import type { DefaultProviderInit } from '@aws-sdk/credential-provider-node';
import { ProxyError } from '../base/errors.ts';
import { isObject } from '../base/json.ts';
import type { Environment } from './agent.ts';
import type { Identity } from './identity.ts';
import { outwardHandler } from './outward-handler.ts';

/** Where calls for one Region go, and as whom. `own`: the identity was given, not found by AWS's chain. */
export type Route = { endpoint: URL; region: string; identity: Identity; own?: true };

export type RouteWish = {
  region?: string | undefined;
  profile?: string | undefined;
  endpoint?: string | undefined;
  /** Absent: the SDK's own chain finds one. */
  identity?: Identity | undefined;
  env: Environment;
};

/**
 * Asks the AWS SDK where it would send a Converse call and with which credentials, by a call that is stopped before it is
 * signed. So Region, endpoint, FIPS, dual stack, profiles, API keys and the whole credential chain mean what they mean to AWS's own tools.
 * Throws what the SDK throws.
 */
export async function sdkRoute(wish: RouteWish): Promise<Route> {
  const { BedrockRuntimeClient, ConverseCommand } = await import('@aws-sdk/client-bedrock-runtime');
  const client = new BedrockRuntimeClient({
    ...plainWishes(wish),
    ...identityWish(wish.identity),
    ...(await wayOut(wish.env)),
  });
  let route: Route | undefined;
  client.middlewareStack.add(
    (_next, context) => async () => {
      route = {
        endpoint: new URL(String(context.endpointV2?.url)),
        region: await client.config.region(),
        identity: {
          ...selectedIdentity(context['__smithy_context']),
          ...(wish.identity && 'forGateway' in wish.identity && { forGateway: wish.identity.forGateway }),
        },
        ...(wish.identity && { own: true }),
      };
      return { output: { $metadata: {} }, response: undefined };
    },
    { step: 'build', priority: 'low', name: 'routeOnly' },
  );
  try {
    await client.send(new ConverseCommand({ modelId: 'route', messages: [] }));
  } finally {
    client.destroy();
  }
  if (!route) throw new Error('The AWS SDK gave no route.');
  return route;
}

function plainWishes({ region, profile, endpoint }: RouteWish): BedrockRuntimeClientConfig & { ignoreCache: boolean } {
  return {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 2,
    // The files under ~/.aws are read anew each time: people sign in while this process runs.
    ignoreCache: true,
  };
}

/** The scheme is named with the identity, because AWS_BEARER_TOKEN_BEDROCK would otherwise win over explicit keys. */
function identityWish(identity: Identity | undefined): BedrockRuntimeClientConfig {
  if (!identity) return {};
  if ('token' in identity) return { token: async () => identity, authSchemePreference: ['httpBearerAuth'] };
  return { credentials: async () => identity, authSchemePreference: ['sigv4'] };
}

/**
 * The chain itself calls AWS: STS takes the handler of the client that asks, while the clients of IAM Identity Center's
 * portal and token service are made from `clientConfig` alone. The metadata services of containers and instances stay
 * with the SDK's own agents: they are never behind a proxy.
 */
async function wayOut(env: Environment): Promise<BedrockRuntimeClientConfig> {
  const requestHandler = await outwardHandler(env);
  if (!requestHandler) return {};
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
  return {
    requestHandler,
    credentialDefaultProvider: (input: DefaultProviderInit) =>
      defaultProvider({ ...input, clientConfig: { ...input.clientConfig, requestHandler } }),
  };
}

function selectedIdentity(context: unknown): Identity {
  const scheme = isObject(context) ? context['selectedHttpAuthScheme'] : undefined;
  const identity = isObject(scheme) ? scheme['identity'] : undefined;
  if (!isObject(identity)) throw new Error('The AWS SDK chose no identity.');
  const { token, accessKeyId, secretAccessKey, sessionToken, expiration } = identity;
  const until = expiration instanceof Date ? { expiration } : {};
  if (typeof token === 'string') return { token: headerText(token), ...until };
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string')
    throw new Error('The AWS SDK gave an identity without keys.');
  const session = typeof sessionToken === 'string' ? { sessionToken: headerText(sessionToken) } : {};
  return { accessKeyId, secretAccessKey, ...session, ...until };
}

/** A key out of a file or a secret store often ends in a line break, which no header takes. */
function headerText(secret: string): string {
  const text = secret.trim();
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  throw new ProxyError('sign_in_needed', 'The AWS key or token holds characters that no header can carry.', {
    fix: 'copy it anew into AWS_BEARER_TOKEN_BEDROCK or AWS_SESSION_TOKEN, as one line',
  });
}
