/** One thing that will be called: a model by itself, or an inference profile and the models behind it. */
export type PolicyTarget = {
  /** The inference profile's id or ARN; absent when the model is called by itself. */
  profile?: string | undefined;
  /** Foundation-model ids, e.g. `anthropic.claude-sonnet-4-20250514-v1:0`. */
  modelIds: readonly string[];
  /** Where the profile may send a call; for a model by itself the Region of the call. */
  regions: readonly string[];
  /** GPT and Grok profiles also act on the account's default project. */
  project?: boolean | undefined;
};

/** What the policy must allow. */
export type PolicyWish = {
  targets: readonly PolicyTarget[];
  /** The Region that is called. */
  region: string;
  /** Twelve digits; absent: a `*`, for people who have not signed in yet. */
  account?: string | undefined;
  /** Adds the rights to list models and profiles and to read quotas. */
  listing: boolean;
  /** Adds the right to use Bedrock API keys. */
  bearer: boolean;
};

type Statement = { Sid: string; Effect: 'Allow'; Action: string[]; Resource: string | string[]; Condition?: object };

/** An IAM policy document. */
export type Policy = { Version: '2012-10-17'; Statement: Statement[] };

const invoke = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'];

/**
 * The least IAM policy for exactly these targets. Converse needs the invoke actions. A call through a profile needs the
 * profile's ARN and the model's ARN in every Region that the profile may choose; the models are then allowed through
 * that profile only (`bedrock:InferenceProfileArn`).
 */
export function iamPolicy(wish: PolicyWish): Policy {
  const { targets, region, account = '*', listing, bearer } = wish;
  const partition = partitionOf(region);
  const profiles = new Map<string, PolicyTarget>();
  const direct: string[] = [];
  for (const target of targets) {
    if (target.profile === undefined) direct.push(...modelArns(partition, target));
    else profiles.set(profileArn(partition, region, account, target.profile), target);
  }
  const behind = [...profiles.values()].flatMap((target) => modelArns(partition, target));
  const statements: (Statement | undefined)[] = [
    direct.length > 0 ? allow('InvokeModels', invoke, direct) : undefined,
    profiles.size > 0 ? allow('InvokeProfiles', invoke, [...profiles.keys()]) : undefined,
    behind.length > 0
      ? {
          ...allow('InvokeModelsBehindProfiles', invoke, behind),
          Condition: { ArnLike: { 'bedrock:InferenceProfileArn': [...profiles.keys()].sort() } },
        }
      : undefined,
    targets.some(({ project }) => project)
      ? allow('UseProject', invoke, [`arn:${partition}:bedrock:${region}:${account}:project/default`])
      : undefined,
    bearer ? allow('UseApiKeys', ['bedrock:CallWithBearerToken'], ['*']) : undefined,
    listing ? allow('ListModels', listingActions, ['*']) : undefined,
  ];
  return { Version: '2012-10-17', Statement: statements.filter((statement) => statement !== undefined) };
}

/** None of these can be limited to one resource. */
const listingActions = [
  'bedrock:GetFoundationModelAvailability',
  'bedrock:GetInferenceProfile',
  'bedrock:ListFoundationModels',
  'bedrock:ListInferenceProfiles',
  'servicequotas:ListServiceQuotas',
];

function allow(Sid: string, Action: string[], resources: readonly string[]): Statement {
  const Resource = [...new Set(resources)].sort();
  return { Sid, Effect: 'Allow', Action, Resource: Resource.length === 1 && Resource[0] ? Resource[0] : Resource };
}

/** A global profile hands calls on under an ARN without a Region. */
function modelArns(partition: string, { profile, modelIds, regions }: PolicyTarget): string[] {
  const isGlobal = profile !== undefined && /(^|\/)global\./.test(profile);
  const places = isGlobal ? ['', ...regions] : regions;
  return modelIds.flatMap((id) =>
    id.startsWith('arn:') ? [id] : places.map((region) => `arn:${partition}:bedrock:${region}::foundation-model/${id}`),
  );
}

/** Profiles that AWS defines and those of one's own have different resource types; an ARN stands as it is. */
function profileArn(partition: string, region: string, account: string, profile: string): string {
  if (profile.startsWith('arn:')) return profile;
  return `arn:${partition}:bedrock:${region}:${account}:inference-profile/${profile}`;
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  if (region.startsWith('eusc-')) return 'aws-eusc';
  return 'aws';
}

/** Whether a policy's text may be pasted where IAM wants it: managed policies hold 6,144 characters without white space. */
export function fitsManagedPolicy(policy: Policy): boolean {
  return JSON.stringify(policy).length <= 6_144;
}
