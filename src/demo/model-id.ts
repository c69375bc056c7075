import { familyOf } from './families.ts';
import type { Family } from './family.ts';
import { invalid, type Refusal } from './refusal.ts';

/** The model behind the id in the URL. */
export type NamedModel = { family: Family; bareId: string };

/** Geographic profiles that a Region offers beside `global`. */
const geographies: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^us-gov-/, ['us-gov']],
  [/^us-/, ['us']],
  [/^ca-/, ['ca', 'us']],
  [/^eu-/, ['eu']],
  [/^ap-northeast-[13]$/, ['jp', 'apac']],
  [/^ap-southeast-[24]$/, ['au', 'apac']],
  [/^ap-south-/, ['in', 'apac']],
  [/^ap-/, ['apac']],
];

/** The geographic prefixes of a Region, `global` last; empty for a Region of no known geography. */
export function prefixesOf(region: string): readonly string[] {
  const found = geographies.find(([pattern]) => pattern.test(region));
  return found ? [...found[1], 'global'] : ['global'];
}

/**
 * Reads ids, profile ids and ARNs as Bedrock does in one Region. An application profile is opaque: `profiles` says which
 * model it stands for, keyed by the ARN.
 */
export function nameModel(
  modelId: string,
  region: string,
  profiles: Readonly<Record<string, string>>,
): NamedModel | Refusal {
  const unknown = invalid('The provided model identifier is invalid.');
  const id =
    profiles[modelId] ?? modelId.replace(/^arn:aws[^:]*:bedrock:[^:]*:\d*:(foundation-model|inference-profile)\//, '');
  const prefix = /^(us-gov|us|eu|apac|au|jp|ca|in|global)\./.exec(id)?.[1];
  const bareId = prefix === undefined ? id : id.slice(prefix.length + 1);
  const family = familyOf(bareId);
  if (!family || (prefix !== undefined && !prefixesOf(region).includes(prefix))) return unknown;
  if (prefix === undefined && family.profileOnly)
    return invalid(
      `Invocation of model ID ${modelId} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
    );
  return { family, bareId };
}
