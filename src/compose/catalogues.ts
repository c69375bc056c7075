import type { PolicyTarget } from '../auth/iam-policy.ts';
import type { Settings } from '../config/schema.ts';
import type { Catalogue } from '../converse/model.ts';

/** What the settings say of model names, as every catalogue takes it. */
export function catalogueChoices({
  geography,
  preferGlobal,
  default: defaultModel,
  unknown,
  aliases,
}: Settings['models']) {
  return { geography, preferGlobal, defaultModel, unknownModels: unknown, aliases };
}

/** The shipped catalogue without a connection, for commands that only look something up. */
export async function openCatalogue({ models }: Settings, region: string): Promise<Catalogue> {
  const { createCatalogue } = await import('../bedrock/catalogue.ts');
  return createCatalogue({ region, ...catalogueChoices(models) });
}

/** What the configured models dial, for the policy that allows it. Loaded on its own: no connection is made. */
export async function configuredTargets(settings: Settings, region: string): Promise<PolicyTarget[]> {
  const [{ createCatalogue }, { splitProfile }] = await Promise.all([
    import('../bedrock/catalogue.ts'),
    import('../bedrock/regions.ts'),
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
