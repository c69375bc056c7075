import { orAbort } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { ProxyError } from '../base/errors.ts';
import { createAgent, dropIdle, type Environment } from './agent.ts';
import { type Destination, destinationOf, exchange, type Reply, type Timeouts } from './exchange.ts';
import { identityFailure, networkFailure, type Whereabouts } from './failures.ts';
import { type Identity, isBearer, strays } from './identity.ts';
import { routeCache } from './routes.ts';
import { type Route, sdkRoute } from './sdk-route.ts';
import { createSigner, type SigningService } from './sign.ts';
import { createWatchdog } from './watchdog.ts';

/** What the settings say of the way to Bedrock; all that is absent is found as AWS's own tools find it. */
export type ConnectionSettings = {
  region?: string | undefined;
  profile?: string | undefined;
  /** Base URL in place of AWS's own; a path in it is kept. */
  endpoint?: string | undefined;
  /** The same for the OpenAI-compatible endpoint. */
  mantleEndpoint?: string | undefined;
  /** Whose calls these are; absent, or when it gives nothing: the AWS credential chain. */
  identity?: ((options: { fresh: boolean }) => Promise<Identity | undefined>) | undefined;
  /** Changes when somebody signs in or out in another process; read for each call. */
  identityStamp?: (() => string) | undefined;
  /** Told of every identity that a route was found with, whoever gave it. */
  onIdentity?: ((identity: Identity) => void) | undefined;
  /** The command that renews what `identity` gives; for the AWS credential chain it is `aws sso login`. */
  signIn?: string | undefined;
  /** The process's environment, for proxies and extra certificates. */
  env: Environment;
  /** Milliseconds; 0 waits for ever. */
  timeouts?: { connect?: number | undefined; firstByte?: number | undefined; whole?: number | undefined } | undefined;
  clock: Clock;
  /** How often silence is looked for, in milliseconds; default 250. */
  watchEveryMs?: number | undefined;
};

/** One request to Bedrock. */
export type Post = {
  /** Absent: Bedrock Runtime. */
  service?: SigningService;
  /** undefined: the Region that AWS's settings name. */
  region: string | undefined;
  /** The model, for messages. */
  model: string;
  /** Below the endpoint, each segment encoded. */
  path: string;
  accept: string;
  /** More headers; they are not signed. */
  headers?: Readonly<Record<string, string>>;
  /** JSON text: node puts it behind the head, and one write sends both. */
  body: string;
  /** Milliseconds of silence allowed between two reads of the answer; 0: any. */
  idleMs: number;
  /** The answer comes in one piece: nothing of it, not even its head, is there before it is complete. */
  whole?: boolean;
  signal: AbortSignal;
};

/** Bedrock's answer to it, with where it came from. */
export type Answered = Reply & {
  region: string;
  /** AWS's own id of the request, where it gave one. */
  requestId: string | undefined;
  where: Whereabouts;
  /** AWS refused the identity of this reply: it is found anew for the next call. */
  refuseIdentity(): void;
};

/** The way to Bedrock Runtime. Signs each request when it is sent. */
export type Connection = {
  /** Throws ProxyError: `sign_in_needed`, `upstream_unavailable`, `timeout`; or the signal's reason. */
  post(post: Post): Promise<Answered>;
  /** The Region that calls go to when they name none. Throws `sign_in_needed`. */
  region(): Promise<string>;
  /** Who calls, as of now. Throws `sign_in_needed`. */
  identity(): Promise<Identity>;
  /** Resolves when calls could be signed now. Throws `sign_in_needed`. */
  ready(): Promise<void>;
  /** Finds route and identity now, so that the first call need not. Never throws. */
  warm(): Promise<void>;
  /** Lets go of idle sockets; answers under way go on. */
  close(): void;
};

/** Above this the clocks are not the same, and SigV4 (five minutes) fails for that reason alone. */
const skewMs = 240_000;

/** Sockets that nobody used for so long may be dead without knowing it: the laptop slept, the network changed. */
const idleSocketMs = 60_000;

/** A route and the service's place on it. `base`: the endpoint's path, without its last slash. */
type Way = { route: Route; host: string; base: string; destination: Destination };

/** A connection that opens nothing before it is first used. */
export function createConnection(settings: ConnectionSettings): Connection {
  const { clock, env } = settings;
  const ssoLogin = ssoLoginOf(settings.profile ?? env['AWS_PROFILE']);
  const signInFor = ({ own }: Route): string => (own && settings.signIn) || ssoLogin;
  const watchdog = createWatchdog(settings.watchEveryMs);
  const sign = createSigner();
  const routes = routeCache(async (region, fresh) => {
    const route = await findRoute(settings, region, fresh);
    settings.onIdentity?.(route.identity);
    return route;
  }, clock);
  const destinations = new Map<string, Promise<Destination>>();
  const ways = new WeakMap<Route, Partial<Record<SigningService, Way>>>();
  /** What has to be added to our clock to have AWS's. */
  let skew = 0;
  let usedAt = clock.now();
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
      throw identityFailure(error, { signIn: ssoLogin });
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

  /** The way as it was found last, while it is good: then nothing has to be waited for. */
  function knownWay(region: string | undefined, service: SigningService): Way | undefined {
    noticeSignIn();
    const route = routes.known(region ?? settings.region);
    return route && ways.get(route)?.[service];
  }

  async function findWay(region: string | undefined, service: SigningService): Promise<Way> {
    const route = await routeTo(region);
    const endpoint = service === 'bedrock-mantle' ? mantleEndpoint(route, settings, ssoLogin) : route.endpoint;
    if (strays(route.identity, endpoint.host)) throw noGateway();
    const destination = await destinationFor(endpoint);
    const way = { route, host: endpoint.host, base: endpoint.pathname.replace(/\/+$/, ''), destination };
    ways.set(route, { ...ways.get(route), [service]: way });
    return way;
  }

  function headersFor(post: Post, { route, host }: Way, service: SigningService, path: string): string[] {
    const { identity, region } = route;
    const { body, accept } = post;
    const contentType = 'application/json';
    const headers = ['host', host, 'content-type', contentType, 'content-length', String(Buffer.byteLength(body))];
    headers.push('accept', accept, 'user-agent', 'claude-bedrock');
    for (const [name, value] of Object.entries(post.headers ?? {})) headers.push(name, value);
    if (isBearer(identity)) headers.push('authorization', `Bearer ${identity.token}`);
    else sign({ host, path, contentType, body, region, service, keys: identity, now: clock.now() + skew }, headers);
    return headers;
  }

  function noteClock(reply: Reply): void {
    const date = Date.parse(reply.headers.date ?? '');
    if (!Number.isNaN(date) && Math.abs(date - clock.now() - skew) > skewMs) skew = date - clock.now();
  }

  async function post(wanted: Post): Promise<Answered> {
    const service = wanted.service ?? 'bedrock';
    const way = knownWay(wanted.region, service) ?? (await orAbort(findWay(wanted.region, service), wanted.signal));
    const { route, host, destination } = way;
    const now = clock.now();
    if (now - usedAt > idleSocketMs) dropIdle(destination.agent);
    usedAt = now;
    const { region } = route;
    const path = way.base + wanted.path;
    const signIn = signInFor(route);
    const where = { model: wanted.model, region, host, signIn, now, bodyBytes: Buffer.byteLength(wanted.body) };
    const timeouts: Timeouts = {
      connect: settings.timeouts?.connect ?? 5_000,
      firstByte: wanted.whole ? (settings.timeouts?.whole ?? 900_000) : (settings.timeouts?.firstByte ?? 120_000),
      idle: wanted.idleMs,
    };
    const reply = await exchange({
      destination,
      path,
      headers: headersFor(wanted, way, service, path),
      body: wanted.body,
      whole: wanted.whole ?? false,
      timeouts,
      watchdog,
      signal: wanted.signal,
      unreachable: (cause) => networkFailure(cause, where),
    });
    const refuseIdentity = (): void => {
      noteClock(reply);
      routes.refuse(route);
    };
    const release = (complete: boolean): void => {
      usedAt = clock.now();
      reply.release(complete);
    };
    const id = reply.headers['x-amzn-requestid'];
    return { ...reply, release, region, requestId: typeof id === 'string' ? id : undefined, where, refuseIdentity };
  }

  return {
    post,
    identity: async () => (await routeTo(undefined)).identity,
    ready: async () => void (await routeTo(undefined)),
    region: async () => settings.region ?? (await routeTo(undefined)).region,
    warm: async () => {
      try {
        await findWay(undefined, 'bedrock');
      } catch {
        // The first call meets the same failure and tells it.
      }
    },
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
