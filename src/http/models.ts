import type { IncomingMessage } from 'node:http';
import { ProxyError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import type { Principal } from '../converse/call.ts';
import type { EmbeddingCatalogue } from '../converse/embeddings.ts';
import type { Catalogue, ModelInfo } from '../converse/model.ts';
import { mayUseModel } from './calls.ts';
import { speaksAnthropic } from './formats.ts';
import { modelPage } from './model-page.ts';

/** Everything that has a name here: models that answer, and models that make vectors. */
export type Offer = { catalogue: Catalogue; embeddings: EmbeddingCatalogue };

/** `GET /v1/models`: every name that resolves and that the key may use, in the shape of the API that the client speaks; Anthropic's has no vectors. */
export async function listModels(
  { catalogue, embeddings }: Offer,
  principal: Principal,
  incoming: IncomingMessage,
): Promise<JsonObject> {
  const anthropic = speaksAnthropic(incoming);
  const infos = anthropic ? await catalogue.list() : [...(await catalogue.list()), ...(await embeddings.list())];
  const names = infos.flatMap((info) =>
    namesOf(info).flatMap((name) => (mayUseModel(principal, name, info) ? [{ name, info }] : [])),
  );
  if (!anthropic) return { object: 'list', data: names.map(({ name, info }) => openAiModel(name, info)) };
  const models = names.map(({ name, info }) => anthropicModel(name, info));
  return modelPage(models, new URL(incoming.url ?? '/', 'http://localhost').searchParams);
}

/** `GET /v1/models/{name}`. Throws `unknown_model` for a name that no model answers to, or none that the key may use. */
export async function showModel(
  { catalogue, embeddings }: Offer,
  name: string,
  principal: Principal,
  incoming: IncomingMessage,
): Promise<JsonObject> {
  const { known, info, modelId, region } = embeddings.find(name) ?? (await catalogue.resolve(name));
  if (!known || !mayUseModel(principal, name, info)) {
    throw new ProxyError('unknown_model', 'No model has this name.', {
      param: 'model',
      fix: 'claude-bedrock models list',
    });
  }
  if (speaksAnthropic(incoming)) return anthropicModel(name, info);
  // What would be dialled: the first run says so before anything is asked.
  return { ...openAiModel(name, info), bedrock: { model: info.id, target: modelId, region } };
}

/** Aliases first: people choose from the top of an editor's list, and ids there lead some editors astray. */
const namesOf = (info: ModelInfo): string[] => [...new Set([...info.aliases, info.id])];

function openAiModel(id: string, info: ModelInfo): JsonObject {
  return {
    id,
    object: 'model',
    created: Math.floor(releasedAt(info) / 1000),
    owned_by: info.provider,
    name: info.name,
    ...(info.contextTokens === undefined ? {} : { context_length: info.contextTokens }),
    ...(info.maxOutputTokens === undefined ? {} : { max_output_tokens: info.maxOutputTokens }),
    capabilities: capabilitiesOf(info),
  };
}

/** What editors ask about before they offer a model for a task. */
function capabilitiesOf({ capabilities: row }: ModelInfo): JsonObject {
  return {
    streaming: row.streaming,
    tools: row.tools,
    vision: row.images,
    documents: row.documents,
    reasoning: row.reasoning !== false,
    prompt_caching: row.promptCaching !== false,
    structured_output: row.structuredOutput,
    embeddings: row.embeddings === true,
  };
}

function anthropicModel(id: string, info: ModelInfo): JsonObject {
  return {
    type: 'model',
    id,
    display_name: info.name,
    created_at: new Date(releasedAt(info)).toISOString(),
    max_input_tokens: info.contextTokens ?? null,
    max_tokens: info.maxOutputTokens ?? null,
  };
}

/** Milliseconds since the epoch; 0 where the day is not known. */
function releasedAt({ released }: ModelInfo): number {
  const at = Date.parse(released ?? '');
  return Number.isNaN(at) ? 0 : at;
}
