import { ProxyError } from '../base/errors.ts';
import { createAgent, dropIdle } from './agent.ts';
import type { ConnectionSettings } from './connection.ts';
import { type Destination, destinationOf } from './exchange.ts';
import { identityFailure } from './failures.ts';
import { strays } from './identity.ts';
import { routeCache } from './routes.ts';
import { type Route, sdkRoute } from './sdk-route.ts';
import type { SigningService } from './sign.ts';

/** A route and the service's place on it. */
export type Way = {
  route: Route;
  host: string;
  /** The endpoint's path, without its last slash. */
  base: string;
  destination: Destination;
  /** The command that renews the route's identity. */
  signIn: string;
};

/** The ways to Bedrock, found when they are first wanted and kept as long as they are good. */
export type Ways = {
  /** As it was found last, while it is good: then nothing has to be waited for. */
  known(region: string | undefined, service: SigningService): Way | undefined;
  /** Throws `sign_in_needed`. */
  find(region: string | undefined, service: SigningService): Promise<Way>;
  /** Without a service's place on it. Throws `sign_in_needed`. */
  routeTo(region: string | undefined): Promise<Route>;
  /** AWS refused its identity: it is found anew. */
  refuse(route: Route): void;
  /** Lets go of idle sockets. */
  close(): void;
};

/** Finds nothing before it is asked. */
export function createWays(settings: ConnectionSettings): Ways {
  const { clock, env } = settings;
  const profile = settings.profile ?? env['AWS_PROFILE'];
  const ssoLogin = ssoLoginOf(profile);
  const routes = routeCache(async (region, fresh) => {
    const route = await findRoute(settings, region, fresh);
    settings.onIdentity?.(route.identity);
    return route;
  }, clock);
  const destinations = new Map<string, Promise<Destination>>();
  const ways = new WeakMap<Route, Partial<Record<SigningService, Way>>>();
  let stamp = settings.identityStamp?.();

  /** Whoever signed in or out meanwhile changes who we are. */
  function noticeSignIn(): void {
    const seen = settings.identityStamp?.();
    if (seen !== stamp) routes.forget();
    stamp = seen;
  }

  async function routeTo(region: string | undefined): Promise<Route> {
    noticeSignIn();
    try {
      return await routes.get(region ?? settings.region);
    } catch (error) {
      // Who has no profile need not have the AWS CLI either.
      const login = profile === undefined && settings.signIn !== undefined ? { login: settings.signIn } : {};
      throw identityFailure(error, { signIn: ssoLogin, ...login });
    }
  }

  function destinationFor(endpoint: URL): Promise<Destination> {
    const { origin } = endpoint;
    const known = destinations.get(origin);
    if (known) return known;
    const made = createAgent(endpoint, env).then((agent) => destinationOf(endpoint, agent));
    destinations.set(origin, made);
    made.catch(() => destinations.delete(origin));
    return made;
  }

  function known(region: string | undefined, service: SigningService): Way | undefined {
    noticeSignIn();
    const route = routes.known(region ?? settings.region);
    return route && ways.get(route)?.[service];
  }

  async function find(region: string | undefined, service: SigningService): Promise<Way> {
    const route = await routeTo(region);
    const endpoint = service === 'bedrock-mantle' ? mantleEndpoint(route, settings, ssoLogin) : route.endpoint;
    if (strays(route.identity, endpoint.host)) throw noGateway();
    const destination = await destinationFor(endpoint);
    const base = endpoint.pathname.replace(/\/+$/, '');
    const signIn = (route.own && settings.signIn) || ssoLogin;
    const way = { route, host: endpoint.host, base, destination, signIn };
    ways.set(route, { ...ways.get(route), [service]: way });
    return way;
  }

  return {
    known,
    find,
    routeTo,
    refuse: routes.refuse,
    close: () => {
      for (const destination of destinations.values()) destination.then(({ agent }) => dropIdle(agent)).catch(() => {});
    },
  };
}

/** With endpoint, Region and identity given, nothing is left for the SDK to find, and it is not loaded. */
async function findRoute(settings: ConnectionSettings, region: string | undefined, fresh: boolean): Promise<Route> {
  const { endpoint, profile, env } = settings;
  const identity = await settings.identity?.({ fresh });
  if (endpoint !== undefined && region !== undefined && identity)
    return { endpoint: new URL(endpoint), region, identity, own: true };
  return sdkRoute({ region, profile, endpoint, identity, env });
}

/** A label of a host name (RFC 1123): anything else would send signed requests to another host. */
const hostLabel = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i;

/** Where the same identity finds the OpenAI-compatible endpoint. The SDK, which checks Regions for the other, does not know it. */
function mantleEndpoint({ region }: Route, settings: ConnectionSettings, signIn: string): URL {
  if (settings.mantleEndpoint !== undefined) return new URL(settings.mantleEndpoint);
  if (!hostLabel.test(region)) throw identityFailure(new Error(`Region not accepted: "${region}"`), { signIn });
  return new URL(`https://bedrock-mantle.${region}.api.aws`);
}

const noGateway = (): ProxyError =>
  new ProxyError('sign_in_needed', 'Your sign-in is for a gateway, and none is named: its token is not sent to AWS.', {
    fix: 'claude-bedrock config set aws.endpoint https://YOUR-GATEWAY',
  });

function ssoLoginOf(profile: string | undefined): string {
  return profile === undefined || profile === 'default' ? 'aws sso login' : `aws sso login --profile ${profile}`;
}
