import type { Clock } from '../base/clock.ts';
import type { Environment } from './agent.ts';
import { type Identity, isBearer, strays } from './identity.ts';
import { outwardHandler } from './outward-handler.ts';
import { splitProfile } from './regions.ts';

/** What the account has in one Region, as AWS lists it. */
export type LiveModels = {
  /** By bare id: models that answer in text, are not legacy, and are no provisioned variant. */
  models: ReadonlyMap<string, { name: string; provider: string; onDemand: boolean; images: boolean }>;
  /** Bare ids of the models that answer in vectors. */
  embeddings: ReadonlySet<string>;
  /** Prefixes of the system's inference profiles, by bare id. */
  profiles: ReadonlyMap<string, readonly string[]>;
};

/** What the account has, as Bedrock's control plane says. */
export type ControlPlane = {
  /** The lists, at most a quarter of an hour old; undefined when AWS does not give them. Never throws. */
  models(): Promise<LiveModels | undefined>;
  /** What `models` gave last, without asking. */
  known(): LiveModels | undefined;
  /** The bare id behind an application inference profile; undefined when AWS does not tell. Never throws. */
  baseModel(arn: string): Promise<string | undefined>;
};

export type ControlPlaneOptions = {
  region: string;
  identity(): Promise<Identity>;
  /** In place of AWS's own address. */
  endpoint?: string | undefined;
  env: Environment;
  clock: Pick<Clock, 'now'>;
  /** Told once per kind of failure. */
  onFailure(error: unknown): void;
};

const freshMs = 15 * 60_000;
/** After a failure: long enough not to ask at every list, short enough for a new policy to be seen. */
const retryMs = 2 * 60_000;
const mostProfiles = 200;

/** Bedrock's control plane by the AWS SDK, which is loaded at the first question. */
export function createControlPlane(options: ControlPlaneOptions): ControlPlane {
  const { clock } = options;
  let live: LiveModels | undefined;
  let asking: Promise<LiveModels | undefined> | undefined;
  let askAgainAt = 0;
  let hasFailed = false;
  const bases = new Map<string, Promise<string | undefined>>();

  const failed = (error: unknown): undefined => {
    if (!hasFailed) options.onFailure(error);
    hasFailed = true;
    return undefined;
  };

  async function ask(): Promise<LiveModels | undefined> {
    try {
      live = await listModels(options);
      askAgainAt = clock.now() + freshMs;
    } catch (error) {
      failed(error);
      askAgainAt = clock.now() + retryMs;
    } finally {
      asking = undefined;
    }
    return live;
  }

  return {
    known: () => live,
    async models() {
      if (clock.now() < askAgainAt) return live;
      asking ??= ask();
      return asking;
    },
    baseModel(arn) {
      const asked = bases.get(arn);
      if (asked) return asked;
      if (bases.size >= mostProfiles) bases.clear();
      const base = baseOf(arn, options).catch((error: unknown) => {
        bases.delete(arn);
        // A profile that is not there is the caller's to hear of, from the call itself.
        const isAbsent = error instanceof Error && error.name === 'ResourceNotFoundException';
        return isAbsent ? undefined : failed(error);
      });
      bases.set(arn, base);
      return base;
    },
  };
}

async function client({ region, identity, endpoint, env }: ControlPlaneOptions) {
  const [{ BedrockClient }, who, requestHandler] = await Promise.all([
    import('@aws-sdk/client-bedrock'),
    identity(),
    outwardHandler(env),
  ]);
  if (endpoint === undefined && strays(who, `bedrock.${region}.amazonaws.com`))
    throw new Error('The sign-in is for a gateway; it is not sent to AWS.');
  const auth = isBearer(who)
    ? { token: who, authSchemePreference: ['httpBearerAuth'] }
    : { credentials: who, authSchemePreference: ['sigv4'] };
  return new BedrockClient({
    region,
    ...auth,
    maxAttempts: 2,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(requestHandler && { requestHandler }),
  });
}

async function listModels(options: ControlPlaneOptions): Promise<LiveModels> {
  const { ListFoundationModelsCommand, paginateListInferenceProfiles } = await import('@aws-sdk/client-bedrock');
  const bedrock = await client(options);
  try {
    const { modelSummaries = [] } = await bedrock.send(new ListFoundationModelsCommand({}));
    const models = new Map<string, { name: string; provider: string; onDemand: boolean; images: boolean }>();
    const embeddings = new Set<string>();
    for (const summary of modelSummaries) {
      const { modelId = '', modelName, providerName, inferenceTypesSupported = [], inputModalities = [] } = summary;
      const { outputModalities = [] } = summary;
      // `…:0:24k` and `…:0:48k` exist for provisioned throughput only.
      if (/:\d+:\w+$/.test(modelId) || summary.modelLifecycle?.status === 'LEGACY') continue;
      if (outputModalities.includes('EMBEDDING')) embeddings.add(modelId);
      if (!outputModalities.includes('TEXT')) continue;
      models.set(modelId, {
        name: modelName ?? modelId,
        provider: (providerName ?? modelId.split('.')[0] ?? '').toLowerCase(),
        onDemand: inferenceTypesSupported.includes('ON_DEMAND'),
        images: inputModalities.includes('IMAGE'),
      });
    }
    const profiles = new Map<string, string[]>();
    const pages = paginateListInferenceProfiles(
      { client: bedrock },
      { typeEquals: 'SYSTEM_DEFINED', maxResults: 1000 },
    );
    for await (const { inferenceProfileSummaries = [] } of pages) {
      for (const { inferenceProfileId = '', status } of inferenceProfileSummaries) {
        const profile = splitProfile(inferenceProfileId);
        if (!profile || status !== 'ACTIVE') continue;
        profiles.set(profile.bare, [...(profiles.get(profile.bare) ?? []), profile.prefix]);
      }
    }
    return { models, embeddings, profiles };
  } finally {
    bedrock.destroy();
  }
}

/** An application profile is opaque: only GetInferenceProfile names the foundation models behind it. */
async function baseOf(arn: string, options: ControlPlaneOptions): Promise<string | undefined> {
  const { GetInferenceProfileCommand } = await import('@aws-sdk/client-bedrock');
  const bedrock = await client(options);
  try {
    const { models = [] } = await bedrock.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: arn }));
    return /:foundation-model\/(.+)$/.exec(models[0]?.modelArn ?? '')?.[1];
  } finally {
    bedrock.destroy();
  }
}
