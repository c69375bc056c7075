import { documentNames } from '../../converse/document-names.ts';
import type { Effort, ModelOptions, ResponseFormat, Thinking } from '../../converse/options.ts';
import { adaptations } from '../adaptations.ts';
import { converseRequest } from '../converse-request.ts';
import type { FormatContext, Translated } from '../format.ts';
import { reportIgnored } from '../ignored-fields.ts';
import { openAiTier } from '../openai-tier.ts';
import { invalid, unsupported } from '../refuse.ts';
import { requestMetadata } from '../request-metadata.ts';
import { jsonSchemaFormat } from '../response-format.ts';
import { samplingConfig } from '../sampling.ts';
import { ignoredFields } from './ignored.ts';
import { conversation } from './messages.ts';
import type { ChatRequest } from './schema.ts';
import { toolWishes } from './tools.ts';

/** A chat request in Converse's words. Throws `invalid_request` or `unsupported` with the client's own `param`. */
export function chatToConverse(request: ChatRequest, context: FormatContext): Translated {
  const adapt = adaptations(context.strict);
  const { changes } = adapt;
  refuseImpossible(request);
  reportIgnored(ignoredFields, request, context.strict, changes);
  const desk = { changes, documentName: documentNames() };
  const { system, messages } = conversation(request, context.reasoningDisplay, desk, adapt);
  const { toolConfig, ...toolOptions } = toolWishes(request, changes);
  const inference = samplingConfig(
    {
      maxTokens: request.max_completion_tokens ?? request.max_tokens,
      temperature: request.temperature,
      topP: request.top_p,
      stops: typeof request.stop === 'string' ? [request.stop] : request.stop,
    },
    changes,
  );
  const tier = openAiTier(request.service_tier, changes);
  const metadata = requestMetadata(metadataPairs(request), changes);
  return {
    model: request.model,
    stream: request.stream ?? false,
    request: converseRequest({ messages, system, inference, toolConfig, metadata, tier }),
    options: { ...toolOptions, ...modelOptions(request) },
    changes,
    choices: request.n ?? 1,
  };
}

/** What would give another answer than the one asked for, in any mode. */
function refuseImpossible(request: ChatRequest): void {
  if (request.modalities?.includes('audio')) {
    throw unsupported('modalities', 'Bedrock answers in text here, not in audio. Leave "audio" out of modalities.');
  }
  if (request.previous_response_id) {
    throw unsupported(
      'previous_response_id',
      'Chat Completions keeps no state: send the whole conversation, or use /v1/responses.',
    );
  }
}

function metadataPairs(request: ChatRequest): [string, unknown][] {
  const { user, safety_identifier } = request;
  return [...Object.entries(request.metadata ?? {}), ['user', user], ['safety_identifier', safety_identifier]];
}

function modelOptions(request: ChatRequest): ModelOptions {
  const thinking = thinkingOf(request);
  const effort: Effort | null | undefined = request.reasoning_effort ?? request.reasoning?.effort;
  const responseFormat = responseFormatOf(request);
  return {
    ...(thinking ? { thinking } : {}),
    ...(effort ? { effort } : {}),
    ...(typeof request.top_k === 'number' ? { topK: request.top_k } : {}),
    ...(responseFormat ? { responseFormat } : {}),
  };
}

/** Anthropic's `thinking`, or OpenRouter's `reasoning` without an effort. */
function thinkingOf(request: ChatRequest): Thinking | undefined {
  const { thinking, reasoning } = request;
  if (thinking) {
    const display = thinking.display ? { display: thinking.display } : {};
    if (thinking.type === 'disabled') return { type: 'disabled' };
    if (thinking.type === 'adaptive') return { type: 'adaptive', ...display };
    const budget = thinking.budget_tokens ? { budgetTokens: thinking.budget_tokens } : {};
    return { type: 'enabled', ...budget, ...display };
  }
  if (reasoning?.max_tokens) return { type: 'enabled', budgetTokens: reasoning.max_tokens };
  if (reasoning?.enabled === false) return { type: 'disabled' };
  return reasoning?.enabled === true && !reasoning.effort ? { type: 'enabled' } : undefined;
}

function responseFormatOf(request: ChatRequest): ResponseFormat | undefined {
  const format = request.response_format;
  if (!format) return undefined;
  const { type } = format;
  switch (type) {
    case 'text':
      return undefined;
    case 'json_object':
      return { type: 'json_object' };
    case 'json_schema': {
      const wish = format.json_schema;
      if (typeof wish?.schema !== 'object' || wish.schema === null) {
        const param = 'response_format.json_schema.schema';
        throw invalid(param, `'${param}' must be a JSON Schema object.`);
      }
      return jsonSchemaFormat(wish);
    }
    default:
      return type satisfies never;
  }
}
