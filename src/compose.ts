import { type Clock, systemClock } from './base/clock.ts';
import { type Once, once } from './base/once.ts';
import type { Secret } from './base/secret.ts';
import { createFrontDoor } from './compose/front-door.ts';
import { keyRing } from './compose/identity.ts';
import { lackOf } from './compose/lacks.ts';
import { onDemand } from './compose/on-demand.ts';
import { createRecords, type LogLook } from './compose/records.ts';
import { serveSettings } from './compose/serve-settings.ts';
import { mergeLive } from './config/live-settings.ts';
import type { Settings } from './config/schema.ts';
import { leaveServerNote, removeServerNote } from './config/server-note.ts';
import { serverUrl } from './config/server-url.ts';
import { writeLastSeen } from './config/sightings.ts';
import type { AppOptions } from './http/app-env.ts';
import { createFailedKeys } from './http/failed-keys.ts';
import { formatRoutes } from './http/formats.ts';
import type { Services } from './http/serve.ts';
import type { MakeServer } from './http/server.ts';
import { typedFixes } from './http/typed-fixes.ts';
import type { Ui } from './http/ui.ts';
import type { UiPage } from './http/ui-page.ts';
import { createSightings } from './observe/sightings.ts';
import { createFetchedMedia } from './policy/fetched-media.ts';
import { storedResponses } from './policy/stored-responses.ts';

export type ComposeOptions = {
  settings: Settings;
  /** The key that clients must send. */
  apiKey: Secret;
  /** The folder for the audit, the ledger and the notes to other commands; absent: nothing but the log is written. */
  state?: string;
  version: string;
  /** The dashboard's page; absent: the built file. */
  page?: () => Promise<UiPage>;
  /** Absent: the system's own. */
  clock?: Clock;
  /** Leaves notes for other commands and follows the tunnel; false for a proxy that one command starts for itself. */
  announced?: boolean;
  /** Turns the commands in our words into those that work for this person; absent: they stay as they are. */
  asTyped?: ((text: string) => string) | undefined;
  /** From `compose/tls.ts`: the server speaks TLS. */
  tls?: MakeServer | undefined;
  log?: LogLook;
};

/** The running program. */
export type Composition = {
  /** Starts listening; `url` is where, without a path. Rejects with node's error, e.g. `EADDRINUSE`. */
  listen(): Promise<{ url: string }>;
  /** Stops accepting, lets open answers finish, closes what is under them. */
  close(reason: string): Promise<void>;
  /** Goes on with these settings, as far as a running server can take them over (`config/live-settings.ts`). */
  apply(settings: Settings): void;
};

/** The first requests of a client often come at once, so what they need is loaded soon, but after the start-up is over. */
const warmUpAfterMs = 150;

/** What there is of it to close; a part whose opening fails meanwhile is none. */
async function opened<T>(part: Once<T>): Promise<T | undefined> {
  return part.started() ? part().catch(() => undefined) : undefined;
}

/** With `compose/` the only place that makes objects. Nothing is opened before `listen()`. */
export function compose(options: ComposeOptions): Composition {
  const { apiKey, state, version, page, clock = systemClock, log: look, asTyped } = options;
  const formats = asTyped ? typedFixes(formatRoutes, asTyped) : formatRoutes;
  const notes = options.announced === false ? undefined : state;
  let settings = options.settings;
  const settingsNow = () => settings;
  const responses = storedResponses(clock);
  const fetchedMedia = createFetchedMedia(clock);
  const records = createRecords({
    ...{ settings, apiKey, state, version, clock, asTyped, look },
    policies: () => policies.now(),
  });
  const { scrubber, metrics, recent, recorder } = records;
  const { traces, policies, bedrock, rehearsal } = onDemand({
    ...{ state, version, clock, records },
    settings: settingsNow,
    memories: [responses, fetchedMedia],
  });
  const engine = Object.assign(async () => (await bedrock()).engine, { now: () => bedrock.now()?.engine });
  const sightings = createSightings({ write: (clients) => notes !== undefined && writeLastSeen(notes, clients) });
  const fetchPublic = once(async () => {
    const [{ createFetchPublic }, { proxyAgent }] = await Promise.all([
      import('./http/fetch-public.ts'),
      import('./bedrock/agent.ts'),
    ]);
    return createFetchPublic({ proxyFor: (url) => proxyAgent(url, process.env) });
  });
  const services: Services = {
    ...{ engine, clock, log: recorder, responses, fetchedMedia, fetchPublic },
    settings: serveSettings(settings),
    seen: sightings.see,
  };
  const keys = keyRing(apiKey, state, clock);
  const failedKeys = createFailedKeys(clock);
  const startedAt = clock.now();
  const ui = once(async (): Promise<Ui> => {
    const { createDashboard } = await import('./compose/dashboard.ts');
    return createDashboard({
      ...{ version, state, clock, scrubber, recent, recorder, keys, failedKeys, startedAt, page, asTyped, formats },
      settings: settingsNow,
      policies,
      identity: async () => (await bedrock()).identity(),
      rehearsal: async () => (await rehearsal()).engine,
      tunnel: () => door.tunnel(),
    });
  });
  const appOptions: AppOptions = {
    formats,
    keys,
    failedKeys,
    ui,
    readiness: async () => lackOf(async () => (await bedrock()).ready()),
    operations: {
      metrics: metrics.text,
      cacheStats: async () => (await policies()).cache.stats(),
      clearCache: async () => (await policies()).cache.clear(),
    },
    services,
  };
  const routes = once(async () => (await import('./http/app.ts')).createRoutes(appOptions));
  const door = createFrontDoor({ settings: settingsNow, routes, formats, clock, log: recorder, tls: options.tls });
  const { server } = door;
  let unfollow = (): void => {};
  let warmingUp: NodeJS.Timeout | undefined;
  const warmUp = async () => {
    await Promise.allSettled([routes(), engine(), formats[0].format()]);
    const { warmUpFormat } = await import('./http/warm-up.ts');
    warmUpFormat(await formats[0].format());
  };

  return {
    async listen() {
      const { port } = await server.listen();
      const url = serverUrl(settings.listen.host, port, options.tls !== undefined);
      warmingUp = setTimeout(() => {
        recorder.write({ type: 'listening', url, upstream: settings.upstream });
        // What fails here is told to the first request.
        warmUp().catch(() => {});
      }, warmUpAfterMs).unref();
      if (notes !== undefined) {
        const { upstream } = settings;
        leaveServerNote(notes, { pid: process.pid, url, upstream, version, startedAt: clock.now() });
        unfollow = door.follow(notes);
      }
      return { url };
    },
    apply(wanted) {
      settings = mergeLive(settings, wanted);
      records.log.setLevel(settings.log.level);
      services.settings = serveSettings(settings);
      door.renew();
      if (bedrock.started())
        void bedrock().then(
          ({ apply }) => apply(settings),
          () => {},
        );
    },
    async close(reason) {
      // What is opened behind the closing would keep the process alive.
      clearTimeout(warmingUp);
      // An open dashboard is no answer that anybody waits for.
      (await opened(ui))?.close();
      recorder.write({ type: 'stopping', reason, openStreams: server.openResponses() });
      unfollow();
      await server.close();
      sightings.flush();
      if (notes !== undefined) removeServerNote(notes, process.pid);
      await (await opened(bedrock))?.close();
      await (await opened(rehearsal))?.close();
      await (await opened(traces))?.close();
      recorder.write({ type: 'stopped' });
      await recorder.close();
    },
  };
}
