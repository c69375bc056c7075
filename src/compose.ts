import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CurrentIdentity } from './auth/current-identity.ts';
import type { PolicyTarget } from './auth/iam-policy.ts';
import { localKeyRing } from './auth/local-key-ring.ts';
import { signInStamp } from './auth/sign-in.ts';
import { type Clock, systemClock } from './base/clock.ts';
import { ProxyError, toProxyError } from './base/errors.ts';
import { once } from './base/once.ts';
import { Secret } from './base/secret.ts';
import type { Identity } from './bedrock/identity.ts';
import { mergeLive } from './config/live-settings.ts';
import type { Settings } from './config/schema.ts';
import { removeServerNote, type ServerNote, writeServerNote } from './config/server-note.ts';
import { writeLastSeen } from './config/sightings.ts';
import { followTunnel } from './config/tunnel-note.ts';
import type { Call, Upstream } from './converse/call.ts';
import type { Catalogue } from './converse/model.ts';
import type { AppOptions } from './http/app.ts';
import { createFailedKeys } from './http/failed-keys.ts';
import { formatRoutes } from './http/formats.ts';
import { createGuard } from './http/guard.ts';
import { type KeyRing, singleKey } from './http/key-ring.ts';
import { createListener } from './http/listener.ts';
import type { Lack } from './http/operations.ts';
import type { Engine, ServeSettings, Services } from './http/serve.ts';
import { createHttpServer } from './http/server.ts';
import type { Ui } from './http/ui.ts';
import type { UiPage } from './http/ui-page.ts';
import { createLog } from './observe/log.ts';
import { createMetrics } from './observe/metrics.ts';
import { createRecentCalls, type RecentCalls } from './observe/recent-calls.ts';
import { createRecorder, type Recorder } from './observe/recorder.ts';
import { createScrubber } from './observe/scrub.ts';
import { createSightings } from './observe/sightings.ts';
import type { BudgetRule } from './policy/budget.ts';
import { stack } from './proxy/layer.ts';
import type { Policies } from './proxy/policies.ts';
import { policySettings, present } from './proxy/policy-settings.ts';
import type { RegionUpstream } from './proxy/with-failover.ts';

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

/** Answers and thoughts leave memory at most so long after their time, though nobody asks for them. */
const sweepEveryMs = 30_000;

const weekMs = 7 * 86_400_000;

/** A thinking model is silent for minutes while it is well (security.md 8). */
const thinkingSilenceMs = 600_000;

/** The only place that makes objects. Nothing is opened before `listen()`. */
export function compose(options: ComposeOptions): Composition {
  const { apiKey, state, version, page, clock = systemClock } = options;
  let { settings } = options;
  const scrubber = createScrubber();
  scrubber.know(apiKey.reveal());
  let policies: Policies | undefined;
  const metrics = createMetrics({
    version,
    openCalls: () => recent.open().length,
    cache: () => policies?.cache.stats() ?? { entries: 0, bytes: 0, hits: 0, misses: 0, shared: 0 },
    reasoning: () => policies?.reasoning.stats() ?? { turns: 0, bytes: 0 },
  });
  const plainLog = createLog({ level: settings.log.level, destination: 'stderr', scrubber });
  const recent = createRecentCalls({ now: clock.now });
  const log = createRecorder({
    recent,
    log: plainLog,
    metrics,
    scrubber,
    clock,
    // What the simulator answered is nobody's usage.
    folder: settings.upstream === 'demo' ? undefined : state,
    audit: { ...settings.audit, maxTotalBytes: settings.audit.bytes },
    ledger: settings.ledger,
  });
  const opened = once(async () => {
    const { watchIdentity } = await import('./bedrock/watch-identity.ts');
    const watch = watchIdentity(scrubber.know);
    // A login or a logout parts the answers kept before it from those after, at once.
    const account = () => `${watch.name()} ${state === undefined ? '' : signInStamp(state)}`;
    policies = await openPolicies({ settings, recorder: log, clock, account, recent });
    setInterval(policies.sweep, sweepEveryMs).unref();
    return { policies, watch };
  });
  const bedrock = once(async () => {
    const { policies, watch } = await opened();
    return openBedrock({ settings, state, policies, recorder: log, clock, onIdentity: watch.saw });
  });
  const engine = async () => (await bedrock()).engine;
  const sightings = createSightings({ write: (clients) => state !== undefined && writeLastSeen(state, clients) });
  const services: Services = { engine, clock, log, settings: serveSettings(settings), seen: sightings.see };
  const keys = keyRing(apiKey, state, clock);
  const failedKeys = createFailedKeys(clock);
  const startedAt = clock.now();
  let remoteSeenAt: number | undefined;
  const rehearsal = once(() => openRehearsal(settings, log, clock));
  const ui = once(async (): Promise<Ui> => {
    const { createDashboard } = await import('./compose/dashboard.ts');
    return createDashboard({
      ...{ version, state, clock, scrubber, recent, keys, failedKeys, startedAt, page },
      settings: () => settings,
      recorder: log,
      formats: formatRoutes,
      policies: async () => (await opened()).policies,
      identity: async () => (await bedrock()).identity(),
      rehearsal: async () => (await rehearsal()).engine,
      tunnel: () => ({ host: tunnel ?? settings.listen.publicHost, lastSeenAt: remoteSeenAt }),
    });
  });
  const appOptions: AppOptions = {
    formats: formatRoutes,
    keys,
    failedKeys,
    ui,
    readiness: async () => lackOf(async () => (await bedrock()).ready()),
    operations: {
      metrics: metrics.text,
      cacheStats: async () => (await bedrock()).policies.cache.stats(),
      clearCache: async () => (await bedrock()).policies.cache.clear(),
    },
    services,
  };
  const routes = once(async () => (await import('./http/app.ts')).createRoutes(appOptions));
  const { listen: where, timeouts } = settings;
  let tunnel: string | undefined;
  let renewGuard = (): void => {};
  const following: (() => void)[] = [];
  const server = createHttpServer(
    {
      host: where.host,
      port: where.port,
      maxConnections: where.maxConnections,
      headersMs: timeouts.headers * 1000,
      bodyMs: timeouts.body * 1000,
      keepAliveMs: timeouts.keepAlive * 1000,
      drainMs: timeouts.drain * 1000,
    },
    (port) => {
      const guardNow = () => {
        const { hosts, publicHost, origins } = settings.listen;
        return createGuard({
          port,
          hosts,
          publicHosts: [publicHost, tunnel].filter((name) => name !== undefined),
          origins,
        });
      };
      let guard = guardNow();
      renewGuard = () => (guard = guardNow());
      return createListener({
        routes,
        formats: formatRoutes,
        guard: (incoming) => guard(incoming),
        clock,
        log,
        onRemote: () => {
          remoteSeenAt = clock.now();
        },
      });
    },
  );
  let warmingUp: NodeJS.Timeout | undefined;
  const warmUp = () => Promise.allSettled([routes(), engine(), formatRoutes[0].format()]);

  return {
    async listen() {
      const { port } = await server.listen();
      const url = `http://${where.host.includes(':') ? `[${where.host}]` : where.host}:${port}`;
      warmingUp = setTimeout(() => {
        log.write({ type: 'listening', url, upstream: settings.upstream });
        void warmUp();
      }, warmUpAfterMs).unref();
      if (state !== undefined) {
        const { upstream } = settings;
        leaveNote(state, { pid: process.pid, url, upstream, version, startedAt: clock.now() });
        following.push(
          followTunnel(state, (host) => {
            tunnel = host;
            renewGuard();
          }),
        );
      }
      return { url };
    },
    apply(wanted) {
      settings = mergeLive(settings, wanted);
      plainLog.setLevel(settings.log.level);
      services.settings = serveSettings(settings);
      renewGuard();
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
      if (ui.started()) (await ui()).close();
      log.write({ type: 'stopping', reason, openStreams: server.openResponses() });
      for (const stop of following) stop();
      await server.close();
      sightings.flush();
      if (state !== undefined) removeServerNote(state, process.pid);
      if (bedrock.started()) await (await bedrock()).close();
      if (rehearsal.started()) await (await rehearsal()).close();
      log.write({ type: 'stopped' });
      await log.close();
    },
  };
}

function serveSettings({ limits, timeouts, reasoning, strict }: Settings): ServeSettings {
  return {
    limits: { bodyBytes: limits.bodyBytes, jsonDepth: limits.jsonDepth, bodyMs: timeouts.body * 1000 },
    holdMs: timeouts.hold * 1000,
    heartbeatMs: timeouts.heartbeat * 1000,
    reasoningDisplay: reasoning.display,
    strict,
  };
}

/** The note is a convenience for other commands: a read-only folder keeps no server from serving. */
function leaveNote(state: string, note: ServerNote): void {
  try {
    writeServerNote(state, note);
  } catch {
    // Containers run with a read-only root.
  }
}

type Bedrock = {
  engine: Engine;
  policies: Policies;
  ready(): Promise<void>;
  identity(): Promise<{ region: string; expiresAt?: number }>;
  close(): Promise<void>;
  apply(settings: Settings): void;
};

/** What a failed readiness check says is missing; nothing when it passes. */
async function lackOf(check: () => Promise<void>): Promise<Lack[]> {
  try {
    await check();
    return [];
  } catch (thrown) {
    const { publicMessage, facts } = toProxyError(thrown);
    return [{ what: publicMessage, ...(facts.fix === undefined ? {} : { fix: facts.fix }) }];
  }
}

type BedrockParts = {
  settings: Settings;
  state: string | undefined;
  policies: Policies;
  recorder: Recorder;
  clock: Clock;
  onIdentity: (identity: Identity) => void;
};

/** Everything from the stack's top to the sockets, loaded when the first call needs it: the AWS SDK alone costs more than the start-up. */
async function openBedrock({ settings, state, policies, recorder, clock, onIdentity }: BedrockParts): Promise<Bedrock> {
  const [{ createConnection }, { createUpstream }, { createCatalogue }, { accommodate }, { repairAfter }] =
    await Promise.all([
      import('./bedrock/connection.ts'),
      import('./bedrock/upstream.ts'),
      import('./bedrock/catalogue.ts'),
      import('./bedrock/accommodate.ts'),
      import('./bedrock/repair.ts'),
    ]);
  const { aws, timeouts } = settings;
  const demo = settings.upstream === 'demo' ? await openDemo() : undefined;
  const identity = demo || state === undefined ? undefined : await openIdentity(settings, state, recorder, clock);
  let live = settings;
  let fitting = fittingOf(live);
  const silence = timeouts.silence * 1000;
  const openRegion = (region: string | undefined) => {
    const connection = createConnection({
      region,
      profile: aws.profile,
      identityStamp: demo || state === undefined ? undefined : () => signInStamp(state),
      endpoint: demo?.endpoint ?? aws.endpoint,
      identity: demo ? async () => demo.credentials : identity?.provide,
      onIdentity,
      env: demo ? {} : process.env,
      timeouts: { connect: timeouts.connect * 1000, firstByte: timeouts.firstByte * 1000 },
      clock,
    });
    const upstream = createUpstream({
      connection,
      accommodate: (call) => accommodate(call, fitting),
      repairAfter: (error, call, tried) => repairAfter(error, call, tried, fitting),
      idle: { plain: silence, thinking: silence === 0 ? 0 : Math.max(silence, thinkingSilenceMs) },
    });
    return { connection, upstream };
  };
  const catalogueFor = (region: string) => createCatalogue({ region, ...catalogueChoices(live.models) });
  const { connection, upstream } = openRegion(demo?.region ?? aws.region);
  const region = await connection.region();
  let catalogue = catalogueFor(region);
  const others = demo || aws.endpoint ? [] : aws.failoverRegions.filter((name) => name !== region);
  let catalogues = new Map(others.map((name) => [name, catalogueFor(name)]));
  const elsewhere = others.map((name) => ({
    ...openRegion(name),
    region: name,
    target: (call: Call) => catalogues.get(name)?.resolve(call.model) ?? call.target,
  }));
  const home = { region, upstream, target: (call: Call) => call.target };
  const anywhere = others.length === 0 ? upstream : await failingOver([home, ...elsewhere], recorder, clock);
  void connection.warm();
  return {
    engine: {
      upstream: stack(anywhere, policies.layers),
      get catalogue() {
        return catalogue;
      },
    },
    apply(wanted) {
      live = wanted;
      fitting = fittingOf(live);
      catalogue = catalogueFor(region);
      catalogues = new Map(others.map((name) => [name, catalogueFor(name)]));
    },
    policies,
    ready: connection.ready,
    identity: connection.identity,
    async close() {
      for (const open of [{ connection }, ...elsewhere]) open.connection.close();
      await identity?.close();
      await demo?.close();
    },
  };
}

const fittingOf = ({ models, reasoning }: Settings) => ({
  defaultMaxTokens: models.defaultMaxTokens,
  autoCache: models.promptCaching,
  forcedChoiceYields: reasoning.yields,
});

/** The shipped catalogue without a connection, for commands that only look something up. */
export async function openCatalogue({ models }: Settings, region: string): Promise<Catalogue> {
  const { createCatalogue } = await import('./bedrock/catalogue.ts');
  return createCatalogue({ region, ...catalogueChoices(models) });
}

function catalogueChoices({ geography, preferGlobal, default: defaultModel, unknown, aliases }: Settings['models']) {
  return { geography, preferGlobal, defaultModel, unknownModels: unknown, aliases };
}

async function failingOver(regions: readonly RegionUpstream[], recorder: Recorder, clock: Clock): Promise<Upstream> {
  const [{ createFailover }, { withFailover }] = await Promise.all([
    import('./policy/failover.ts'),
    import('./proxy/with-failover.ts'),
  ]);
  const failover = createFailover(
    regions.map(({ region }) => region),
    clock,
  );
  return withFailover(regions, { failover, onFailover: (notice) => recorder.write({ type: 'failover', ...notice }) });
}

type PolicyParts = {
  settings: Settings;
  recorder: Recorder;
  clock: Clock;
  account: () => string;
  recent: RecentCalls;
};

/** The policies, after the ledger was asked what is spent already; without budgets it need not be open yet. */
async function openPolicies({ settings, recorder, clock, account, recent }: PolicyParts): Promise<Policies> {
  const { createPolicies } = await import('./proxy/policies.ts');
  const spentSince = settings.budgets.length === 0 ? undefined : await spentInLedger(recorder, clock);
  return createPolicies(policySettings(settings), {
    clock,
    random: Math.random,
    tell: recorder.write,
    sinks: [],
    account,
    onBegin: ({ id, client, format, model, target }) =>
      recent.began({ id, at: clock.now(), client: client.name, format, model, target: target.modelId }),
    ...(spentSince && { spentSince }),
    async usualOutput(modelId) {
      const [book, { outputP99 }] = await Promise.all([recorder.ledger(), import('./observe/usage.ts')]);
      return outputP99(book.database(), modelId, { from: clock.now() - weekMs, to: clock.now() + 1 });
    },
  });
}

/** The same stack above the simulator, without memory, bounds and records: what is tried there is nobody's usage. */
async function openRehearsal(settings: Settings, recorder: Recorder, clock: Clock): Promise<Bedrock> {
  const { createPolicies } = await import('./proxy/policies.ts');
  const plain = {
    ...policySettings(settings),
    cache: { mode: 'off' as const, ttlMs: 1, maxBytes: 1 },
    bounds: {},
    perKey: {},
    all: {},
    budgets: [],
  };
  const policies = createPolicies(plain, { clock, random: Math.random, tell: () => {}, sinks: [], account: () => '' });
  const demo = { ...settings, upstream: 'demo' as const };
  return openBedrock({ settings: demo, state: undefined, policies, recorder, clock, onIdentity: () => {} });
}

async function spentInLedger(recorder: Recorder, clock: Clock): Promise<(rule: BudgetRule, from: number) => number> {
  const [book, { spentUsd }] = await Promise.all([recorder.ledger(), import('./observe/usage.ts')]);
  return ({ keyId, modelId }, from) =>
    spentUsd(book.database(), { from, to: clock.now() + 1 }, present({ keyId, modelId }));
}

/** What the configured models dial, for the policy that allows it. Loaded on its own: no connection is made. */
export async function configuredTargets(settings: Settings, region: string): Promise<PolicyTarget[]> {
  const [{ createCatalogue }, { splitProfile }] = await Promise.all([
    import('./bedrock/catalogue.ts'),
    import('./bedrock/regions.ts'),
  ]);
  const { models } = settings;
  const { geography, preferGlobal, aliases } = models;
  const defaults = { defaultModel: models.default, unknownModels: 'pass' as const };
  const catalogue = createCatalogue({ region, geography, preferGlobal, aliases, ...defaults });
  const names = new Set([models.default, 'bedrock-sonnet', 'bedrock-opus', 'bedrock-haiku', ...Object.values(aliases)]);
  return [...names].map((name) => {
    const { modelId } = catalogue.resolve(name);
    const bare = splitProfile(modelId)?.bare;
    // Where a profile sends calls is AWS's to change; the policy ties the models to the profile instead.
    if (bare === undefined) return { modelIds: [modelId], regions: [region] };
    return { profile: modelId, modelIds: [bare], regions: ['*'], project: /^(openai|xai)\./.test(bare) };
  });
}

/** The run's own key, and those of `key create`. */
function keyRing(apiKey: Secret, state: string | undefined, clock: Clock): KeyRing {
  const own = singleKey(apiKey, { id: 'local', name: 'local key', scope: 'admin' });
  if (state === undefined) return own;
  const local = localKeyRing(join(state, 'keys.json'), clock);
  return { verify: (key) => own.verify(key) ?? local.verify(key) };
}

/** How this installation is signed in. The vault opens when a sign-in first needs it. */
async function openIdentity(
  settings: Settings,
  state: string,
  recorder: Recorder,
  clock: Clock,
): Promise<CurrentIdentity> {
  const { currentIdentity } = await import('./auth/current-identity.ts');
  const parts = once(async () => {
    const [{ locksIn }, { openVault }] = await Promise.all([import('./auth/lock.ts'), import('./auth/open-vault.ts')]);
    const { store, passphraseFile } = settings.vault;
    const vault = await openVault({ kind: store, dir: state, passphrase: () => readPassphrase(passphraseFile) });
    const onRefresh = (provider: string, outcome: string, durationMs: number) =>
      recorder.write({ type: 'refresh', provider, outcome, durationMs });
    return { vault, takeLock: locksIn(join(state, 'locks'), clock), clock, env: process.env, onRefresh };
  });
  const current = currentIdentity(state, parts);
  return {
    provide: current.provide,
    async close() {
      await current.close();
      if (parts.started()) await (await parts()).vault.close();
    },
  };
}

/** A server asks nobody: the passphrase of a file vault must come from a file. */
async function readPassphrase(file: string | undefined): Promise<Secret> {
  if (file !== undefined) return new Secret((await readFile(file, 'utf8')).trim());
  throw new ProxyError('sign_in_needed', 'The vault file is closed: its passphrase is needed.', {
    fix: 'set CLAUDE_BEDROCK_VAULT_PASSPHRASE_FILE to a file that holds it, and start again',
  });
}

async function openDemo() {
  const { startDemoUpstream } = await import('./demo/start-demo-upstream.ts');
  return startDemoUpstream();
}
