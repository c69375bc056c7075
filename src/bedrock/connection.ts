import { orAbort } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { dropIdle, type Environment } from './agent.ts';
import { exchange, type Reply, type Timeouts } from './exchange.ts';
import { networkFailure, type Whereabouts } from './failures.ts';
import { type Identity, isBearer } from './identity.ts';
import { createSigner, type SigningService } from './sign.ts';
import { createWatchdog } from './watchdog.ts';
import { createWays, type Way } from './ways.ts';

/** What the settings say of the way to Bedrock; all that is absent is found as AWS's own tools find it. */
export type ConnectionSettings = {
  region?: string | undefined;
  profile?: string | undefined;
  /** Base URL in place of AWS's own; a path in it is kept. */
  endpoint?: string | undefined;
  /** The same for the OpenAI-compatible endpoint. */
  mantleEndpoint?: string | undefined;
  /** Takes the secrets that this process knows out of what the upstream says. */
  scrub?: ((text: string) => string) | undefined;
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

/** A connection that opens nothing before it is first used. */
export function createConnection(settings: ConnectionSettings): Connection {
  const { clock } = settings;
  const ways = createWays(settings);
  const watchdog = createWatchdog(settings.watchEveryMs);
  const sign = createSigner();
  /** What has to be added to our clock to have AWS's. */
  let skew = 0;
  let usedAt = clock.now();

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
    const way = ways.known(wanted.region, service) ?? (await orAbort(ways.find(wanted.region, service), wanted.signal));
    const { host, destination, signIn } = way;
    const { region } = way.route;
    const now = clock.now();
    if (now - usedAt > idleSocketMs) dropIdle(destination.agent);
    usedAt = now;
    const path = way.base + wanted.path;
    const bodyBytes = Buffer.byteLength(wanted.body);
    const where = { model: wanted.model, region, host, signIn, now, bodyBytes, scrub: settings.scrub };
    const reply = await exchange({
      destination,
      path,
      headers: headersFor(wanted, way, service, path),
      body: wanted.body,
      whole: wanted.whole ?? false,
      timeouts: timeoutsFor(wanted, settings.timeouts),
      watchdog,
      signal: wanted.signal,
      unreachable: (cause) => networkFailure(cause, where),
    });
    const refuseIdentity = (): void => {
      noteClock(reply);
      ways.refuse(way.route);
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
    identity: async () => (await ways.routeTo(undefined)).identity,
    ready: async () => void (await ways.routeTo(undefined)),
    region: async () => settings.region ?? (await ways.routeTo(undefined)).region,
    warm: async () => {
      try {
        await ways.find(undefined, 'bedrock');
      } catch {
        // The first call meets the same failure and tells it.
      }
    },
    close: ways.close,
  };
}

function timeoutsFor({ whole, idleMs }: Post, given: ConnectionSettings['timeouts'] = {}): Timeouts {
  const { connect = 5_000, firstByte = 120_000, whole: wholeMs = 900_000 } = given;
  return { connect, firstByte: whole ? wholeMs : firstByte, idle: idleMs };
}
