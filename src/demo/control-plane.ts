import { familyOf } from './families.ts';
import { prefixesOf } from './model-id.ts';
import type { Refusal } from './refusal.ts';

const models: readonly (readonly [string, string, string])[] = [
  ['anthropic.claude-opus-5-5', 'Claude Opus 5.5', 'Anthropic'],
  ['anthropic.claude-sonnet-5-5', 'Claude Sonnet 5.5', 'Anthropic'],
  ['anthropic.claude-haiku-5-5', 'Claude Haiku 5.5', 'Anthropic'],
  ['anthropic.claude-opus-5', 'Claude Opus 5', 'Anthropic'],
  ['anthropic.claude-sonnet-5', 'Claude Sonnet 5', 'Anthropic'],
  ['anthropic.claude-sonnet-4-6', 'Claude Sonnet 4.6', 'Anthropic'],
  ['anthropic.claude-sonnet-4-5-20250929-v1:0', 'Claude Sonnet 4.5', 'Anthropic'],
  ['anthropic.claude-haiku-4-5-20251001-v1:0', 'Claude Haiku 4.5', 'Anthropic'],
  ['anthropic.claude-3-haiku-20240307-v1:0', 'Claude 3 Haiku', 'Anthropic'],
  ['amazon.nova-2-lite-v1:0', 'Nova 2 Lite', 'Amazon'],
  ['amazon.nova-pro-v1:0', 'Nova Pro', 'Amazon'],
  ['amazon.nova-micro-v1:0', 'Nova Micro', 'Amazon'],
  ['meta.llama3-3-70b-instruct-v1:0', 'Llama 3.3 70B Instruct', 'Meta'],
  ['meta.llama4-maverick-17b-instruct-v1:0', 'Llama 4 Maverick 17B Instruct', 'Meta'],
  ['mistral.mistral-large-2402-v1:0', 'Mistral Large (24.02)', 'Mistral AI'],
  ['openai.gpt-oss-120b-1:0', 'gpt-oss-120b', 'OpenAI'],
  ['deepseek.v3-v1:0', 'DeepSeek-V3.1', 'DeepSeek'],
  ['qwen.qwen3-32b-v1:0', 'Qwen3 32B (dense)', 'Qwen'],
];

const embeddings: readonly (readonly [string, string, string])[] = [
  ['amazon.titan-embed-text-v2:0', 'Titan Text Embeddings V2', 'Amazon'],
  ['amazon.nova-2-multimodal-embeddings-v1:0', 'Nova Multimodal Embeddings', 'Amazon'],
  ['cohere.embed-multilingual-v3', 'Embed Multilingual', 'Cohere'],
  ['cohere.embed-v4:0', 'Embed v4', 'Cohere'],
];

const modelArn = (region: string, id: string): string => `arn:aws:bedrock:${region}::foundation-model/${id}`;

/** ListFoundationModels: `GET /foundation-models`. */
export function listFoundationModels(region: string): Record<string, unknown> {
  const modelSummaries = models.map(([modelId, modelName, providerName]) => {
    const family = familyOf(modelId);
    return {
      modelArn: modelArn(region, modelId),
      modelId,
      modelName,
      providerName,
      inputModalities: family?.images ? ['TEXT', 'IMAGE'] : ['TEXT'],
      outputModalities: ['TEXT'],
      responseStreamingSupported: true,
      customizationsSupported: [],
      inferenceTypesSupported: [family?.profileOnly ? 'INFERENCE_PROFILE' : 'ON_DEMAND'],
      modelLifecycle: { status: modelId.includes('claude-3-') ? 'LEGACY' : 'ACTIVE' },
    };
  });
  return { modelSummaries: [...modelSummaries, ...embeddings.map(embeddingSummary(region))] };
}

const embeddingSummary =
  (region: string) =>
  ([modelId, modelName, providerName]: (typeof embeddings)[number]): Record<string, unknown> => ({
    modelArn: modelArn(region, modelId),
    modelId,
    modelName,
    providerName,
    inputModalities: ['TEXT'],
    outputModalities: ['EMBEDDING'],
    customizationsSupported: [],
    inferenceTypesSupported: ['ON_DEMAND'],
    modelLifecycle: { status: 'ACTIVE' },
  });

/** ListInferenceProfiles: `GET /inference-profiles`, in pages of `maxResults`, the token the place of the next one. */
export function listInferenceProfiles(region: string, query: URLSearchParams): Record<string, unknown> {
  const all = models
    .filter(([id]) => familyOf(id)?.profileOnly)
    .flatMap(([id, name]) => prefixesOf(region).map((prefix) => profileOf(prefix, id, name, region)));
  const from = Number(query.get('nextToken') ?? 0);
  const size = Number(query.get('maxResults') ?? 100);
  const wanted = query.get('type') === 'APPLICATION' ? [] : all;
  const rest = from + size < wanted.length ? { nextToken: String(from + size) } : {};
  return { inferenceProfileSummaries: wanted.slice(from, from + size), ...rest };
}

/** GetInferenceProfile: `GET /inference-profiles/{id or ARN}`; an application profile names the model that it stands for. */
export function getInferenceProfile(
  region: string,
  id: string,
  profiles: Readonly<Record<string, string>>,
): Record<string, unknown> | Refusal {
  const target = profiles[id];
  if (target === undefined) {
    return { status: 404, type: 'ResourceNotFoundException', message: 'The specified inference profile is not found.' };
  }
  const bare = target.replace(/^(?:us|eu|apac|global)\./, '');
  return { ...profileOf('app', bare, bare, region), inferenceProfileArn: id, type: 'APPLICATION' };
}

function profileOf(prefix: string, id: string, name: string, region: string): Record<string, unknown> {
  const inferenceProfileId = `${prefix}.${id}`;
  return {
    inferenceProfileName: `${prefix.toUpperCase()} ${name}`,
    inferenceProfileId,
    inferenceProfileArn: `arn:aws:bedrock:${region}:123456789012:inference-profile/${inferenceProfileId}`,
    description: `Routes requests to ${name} in ${prefix}.`,
    models: [{ modelArn: modelArn(region, id) }],
    status: 'ACTIVE',
    type: 'SYSTEM_DEFINED',
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
  };
}
