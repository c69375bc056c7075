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
export async function openCatalogue({ models, aws }: Settings, region: string): Promise<Catalogue> {
  const { createCatalogue } = await import('../bedrock/catalogue.ts');
  return createCatalogue({ region, otherRegions: aws.failoverRegions, ...catalogueChoices(models) });
}

/** The day of the shipped price table. */
export async function priceTableDate(): Promise<string> {
  return (await import('../bedrock/shipped-models.ts')).pricesAsOf;
}

/** What the configured models dial, for the policy that allows it. Loaded on its own: no connection is made. */
export async function configuredTargets(settings: Settings, region: string): Promise<PolicyTarget[]> {
  const [{ createCatalogue }, { splitProfile }] = await Promise.all([
    import('../bedrock/catalogue.ts'),
    import('../bedrock/regions.ts'),
  ]);
  const { models } = settings;
  const catalogue = createCatalogue({ region, ...catalogueChoices(models), unknownModels: 'pass' });
  const own = [models.default, ...Object.values(models.aliases)];
  const names = new Set(['bedrock-sonnet', 'bedrock-opus', 'bedrock-haiku', ...own]);
  return [...names].map((name) => {
    const { modelId } = catalogue.resolve(name);
    const bare = splitProfile(modelId)?.bare;
    // Where a profile sends calls is AWS's to change; the policy ties the models to the profile instead.
    if (bare === undefined) return { modelIds: [modelId], regions: [region] };
    return { profile: modelId, modelIds: [bare], regions: ['*'], project: /^(openai|xai)\./.test(bare) };
  });
}
