import { signInStamp } from '../auth/sign-in.ts';
import { loginCommand } from '../auth/sign-in-needed.ts';
import type { Clock } from '../base/clock.ts';
import { safeWords } from '../base/safe-words.ts';
import type { Accommodate } from '../bedrock/accommodation.ts';
import type { Identity } from '../bedrock/identity.ts';
import type { Settings } from '../config/schema.ts';
import type { Call, Upstream } from '../converse/call.ts';
import type { Engine } from '../http/serve.ts';
import type { Recorder } from '../observe/recorder.ts';
import { stack } from '../proxy/layer.ts';
import type { Policies } from '../proxy/policies.ts';
import { defaultMaxTokens } from '../proxy/policy-settings.ts';
import type { RegionUpstream } from '../proxy/with-failover.ts';
import { createBodyLog } from './body-log.ts';
import { catalogueChoices } from './catalogues.ts';
import { openIdentity } from './identity.ts';

export type BedrockParts = {
  settings: Settings;
  state: string | undefined;
  policies: Policies;
  recorder: Recorder;
  clock: Clock;
  onIdentity: (identity: Identity) => void;
  /** Sees every line before it is written. */
  scrub: (line: string) => string;
};

/** Everything from the stack's top to the sockets. */
export type Bedrock = {
  engine: Engine;
  /** Throws what is missing before a call could be answered. */
  ready(): Promise<void>;
  /** Where calls go and until when their identity is good. Throws `sign_in_needed`. */
  identity(): Promise<{ region: string; expiresAt?: number }>;
  /** Finds out who calls, ahead of the call. Never throws. */
  identify(): Promise<void>;
  /** Goes on with these settings, as far as they concern models. */
  apply(settings: Settings): void;
  close(): Promise<void>;
};

/** A thinking model is silent for minutes while it is well. */
const thinkingSilenceMs = 600_000;

/** Loaded when the first call needs it: the AWS SDK alone costs more than the start-up. */
export async function openBedrock(parts: BedrockParts): Promise<Bedrock> {
  const { settings, state, policies, recorder, clock } = parts;
  const { aws } = settings;
  const { createCatalogue, embeddingModels, liveCatalogue, liveEmbeddings, tokenCounter, createControlPlane } =
    await rooms();
  const demo = settings.upstream === 'demo' ? await openDemo() : undefined;
  let fitting = fittingOf(settings);
  const { openRegion, accommodate, close } = await regions(parts, demo, () => fitting);
  const { connection, upstream } = openRegion(demo?.region ?? aws.region);
  const region = await connection.region();
  const others = demo || aws.endpoint ? [] : aws.failoverRegions.filter((name) => name !== region);
  // A runtime endpoint of one's own says nothing of where the control plane is.
  const control = demo?.endpoint ?? aws.controlEndpoint;
  const plane = createControlPlane({
    region,
    identity: connection.identity,
    endpoint: control,
    env: demo ? {} : process.env,
    clock,
    onFailure(error) {
      const detail = error instanceof Error ? `${error.name}: ${safeWords(error.message)}` : String(error);
      recorder.write({ type: 'failure', where: 'models list', code: 'forbidden', detail });
    },
  });
  const namesOf = ({ models }: Settings) => {
    const choices = catalogueChoices(models);
    const createIn = (here: string) => createCatalogue({ region: here, otherRegions: [region, ...others], ...choices });
    const shipped = createIn(region);
    const embeddings = embeddingModels({ region, ...choices, defaultModel: models.embedding });
    const isAsked = control !== undefined || aws.endpoint === undefined;
    return {
      catalogue: isAsked ? liveCatalogue(shipped, plane, { region, ...choices }) : shipped,
      elsewhere: new Map(others.map((name) => [name, createIn(name)])),
      embeddings: isAsked ? liveEmbeddings(embeddings, plane) : embeddings,
    };
  };
  let names = namesOf(settings);
  const elsewhere = others.map((name) => ({
    ...openRegion(name),
    region: name,
    target: (call: Call) => names.elsewhere.get(name)?.resolve(call.model) ?? call.target,
  }));
  const home = { region, upstream, target: (call: Call) => call.target };
  const bodies = state === undefined ? undefined : createBodyLog({ state, recorder, clock, scrub: parts.scrub });
  bodies?.apply(settings);
  const anywhere = others.length === 0 ? upstream : await failingOver([home, ...elsewhere], recorder, clock);
  const whole = stack(anywhere, policies.layers);
  const count = tokenCounter(connection, accommodate);
  void connection.warm();
  return {
    engine: {
      get upstream() {
        return bodies?.layer()?.(whole) ?? whole;
      },
      get catalogue() {
        return names.catalogue;
      },
      get embeddings() {
        return names.embeddings;
      },
      async countTokens(call) {
        const leaving = policies.outward(call);
        return { inputTokens: await count(leaving), changes: leaving.changes };
      },
    },
    ready: connection.ready,
    async identity() {
      const expiresAt = (await connection.identity()).expiration?.getTime();
      return { region, ...(expiresAt !== undefined && { expiresAt }) };
    },
    identify: connection.warm,
    apply(wanted) {
      fitting = fittingOf(wanted);
      names = namesOf(wanted);
      bodies?.apply(wanted);
    },
    async close() {
      bodies?.close();
      for (const open of [{ connection }, ...elsewhere]) open.connection.close();
      await close();
      await demo?.close();
    },
  };
}

type Demo = Awaited<ReturnType<typeof openDemo>>;

/** How a Region is opened: its connection, and the lanes that run over it. */
async function regions(
  { settings, state, recorder, clock, onIdentity, scrub }: BedrockParts,
  demo: Demo | undefined,
  fitting: () => ReturnType<typeof fittingOf>,
) {
  const { createConnection, createUpstream, accommodate, repairAfter, lanes, withGeography, geographicTwin } =
    await rooms();
  const { aws, timeouts } = settings;
  const identity = demo || state === undefined ? undefined : await openIdentity(settings, state, recorder, clock);
  const silence = timeouts.silence * 1000;
  const idle = { plain: silence, thinking: silence === 0 ? 0 : Math.max(silence, thinkingSilenceMs) };
  const fit: Accommodate = (call) => accommodate(call, fitting());
  return {
    accommodate: fit,
    openRegion(region: string | undefined) {
      const connection = createConnection({
        region,
        profile: aws.profile,
        identityStamp: demo || state === undefined ? undefined : signInStamp(state),
        endpoint: demo?.endpoint ?? aws.endpoint,
        mantleEndpoint: demo?.endpoint ?? aws.mantleEndpoint,
        identity: demo ? async () => demo.credentials : identity?.provide,
        signIn: demo ? undefined : loginCommand,
        onIdentity,
        scrub,
        env: demo ? {} : process.env,
        timeouts: {
          connect: timeouts.connect * 1000,
          firstByte: timeouts.firstByte * 1000,
          whole: timeouts.whole * 1000,
        },
        clock,
      });
      const converse = createUpstream({
        connection,
        accommodate: fit,
        repairAfter: (error, call, tried) => repairAfter(error, call, tried, fitting()),
        idle,
        onUnknown: (detail) => recorder.write({ type: 'unknown-part', detail }),
      });
      const upstream = withGeography(lanes(connection, { converse, accommodate: fit, idle }), geographicTwin);
      return { connection, upstream };
    },
    close: async () => identity?.close(),
  };
}

/** The parts of `bedrock/`, in chunks of their own. */
async function rooms() {
  const loaded = await Promise.all([
    import('../bedrock/connection.ts'),
    import('../bedrock/upstream.ts'),
    import('../bedrock/catalogue.ts'),
    import('../bedrock/accommodate.ts'),
    import('../bedrock/repair.ts'),
    import('../bedrock/count-tokens.ts'),
    import('../bedrock/lanes.ts'),
    import('../bedrock/embedding-models.ts'),
    import('../bedrock/control-plane.ts'),
    import('../bedrock/live-catalogue.ts'),
    import('../bedrock/geographic.ts'),
  ]);
  const [connection, upstream, catalogue, accommodate, repair, count, lanes, embedding, plane, live, geographic] =
    loaded;
  return {
    ...connection,
    ...upstream,
    ...catalogue,
    ...accommodate,
    ...repair,
    ...count,
    ...lanes,
    ...embedding,
    ...plane,
    ...live,
    ...geographic,
  };
}

const fittingOf = (settings: Settings) => ({
  defaultMaxTokens: defaultMaxTokens(settings),
  autoCache: settings.models.promptCaching,
  forcedChoiceYields: settings.reasoning.yields,
});

async function failingOver(regions: readonly RegionUpstream[], recorder: Recorder, clock: Clock): Promise<Upstream> {
  const [{ createFailover }, { withFailover }] = await Promise.all([
    import('../policy/failover.ts'),
    import('../proxy/with-failover.ts'),
  ]);
  const failover = createFailover(
    regions.map(({ region }) => region),
    clock,
  );
  return withFailover(regions, { failover, onFailover: (notice) => recorder.write({ type: 'failover', ...notice }) });
}

async function openDemo() {
  const { startDemoUpstream } = await import('../demo/start-demo-upstream.ts');
  return startDemoUpstream();
}
