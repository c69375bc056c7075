import { expect, test } from 'vitest';
import { fitsManagedPolicy, iamPolicy, type PolicyWish } from '../../src/auth/iam-policy.ts';

const sonnet = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
const wish = (more: Partial<PolicyWish>): PolicyWish => ({
  targets: [],
  region: 'eu-central-1',
  account: '123456789012',
  listing: false,
  bearer: false,
  ...more,
});
const resources = (policy: ReturnType<typeof iamPolicy>, sid: string) =>
  policy.Statement.find(({ Sid }) => Sid === sid)?.Resource;

test('case 86: a profile: its own ARN, and the model in every Region it may choose, through that profile only', () => {
  const policy = iamPolicy(
    wish({ targets: [{ profile: `eu.${sonnet}`, modelIds: [sonnet], regions: ['eu-west-1', 'eu-central-1'] }] }),
  );
  const profile = `arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.${sonnet}`;
  expect(policy).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'InvokeProfiles',
        Effect: 'Allow',
        Action: ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'],
        Resource: profile,
      },
      {
        Sid: 'InvokeModelsBehindProfiles',
        Effect: 'Allow',
        Action: ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'],
        Resource: [
          `arn:aws:bedrock:eu-central-1::foundation-model/${sonnet}`,
          `arn:aws:bedrock:eu-west-1::foundation-model/${sonnet}`,
        ],
        Condition: { ArnLike: { 'bedrock:InferenceProfileArn': [profile] } },
      },
    ],
  });
});

test('a global profile needs the model without a Region as well', () => {
  const policy = iamPolicy(
    wish({ targets: [{ profile: `global.${sonnet}`, modelIds: [sonnet], regions: ['eu-central-1'] }] }),
  );
  expect(resources(policy, 'InvokeModelsBehindProfiles')).toEqual([
    `arn:aws:bedrock:::foundation-model/${sonnet}`,
    `arn:aws:bedrock:eu-central-1::foundation-model/${sonnet}`,
  ]);
});

test('models called by themselves are not tied to a profile; nothing that was not asked for is allowed', () => {
  const policy = iamPolicy(wish({ targets: [{ modelIds: ['amazon.nova-lite-v1:0'], regions: ['us-east-1'] }] }));
  expect(policy.Statement.map(({ Sid }) => Sid)).toEqual(['InvokeModels']);
  expect(resources(policy, 'InvokeModels')).toBe('arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0');
  expect(JSON.stringify(policy)).not.toMatch(/"Resource":"\*"|bedrock:\*/);
});

test('listing, API keys and the project that GPT and Grok profiles need come only when asked for', () => {
  const targets = [{ profile: 'us.openai.gpt-6', modelIds: ['openai.gpt-6'], regions: ['us-east-1'], project: true }];
  const policy = iamPolicy(wish({ targets, region: 'us-east-1', listing: true, bearer: true }));
  expect(policy.Statement.map(({ Sid }) => Sid)).toEqual([
    'InvokeProfiles',
    'InvokeModelsBehindProfiles',
    'UseProject',
    'UseApiKeys',
    'ListModels',
  ]);
  expect(resources(policy, 'UseProject')).toBe('arn:aws:bedrock:us-east-1:123456789012:project/default');
});

test.each([
  ['us-gov-west-1', 'aws-us-gov'],
  ['cn-north-1', 'aws-cn'],
  ['eusc-de-east-1', 'aws-eusc'],
])('%s is in the partition %s', (region, partition) => {
  const policy = iamPolicy(
    wish({ region, account: undefined, targets: [{ profile: 'p', modelIds: ['m'], regions: [region] }] }),
  );
  expect(resources(policy, 'InvokeProfiles')).toBe(`arn:${partition}:bedrock:${region}:*:inference-profile/p`);
});

test('ARNs given as such stand as they are, and a policy too long for IAM is known as such', () => {
  const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc';
  const policy = iamPolicy(wish({ targets: [{ profile: arn, modelIds: [sonnet], regions: ['us-east-1'] }] }));
  expect(resources(policy, 'InvokeProfiles')).toBe(arn);
  expect(fitsManagedPolicy(policy)).toBe(true);
  const many = Array.from({ length: 40 }, (_, at) => ({
    modelIds: [`${sonnet}-${at}`],
    regions: ['us-east-1', 'us-west-2'],
  }));
  expect(fitsManagedPolicy(iamPolicy(wish({ targets: many })))).toBe(false);
});
