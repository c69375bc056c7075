import type { ModelOptions, ResponseFormat } from '../../converse/options.ts';
import { type Adaptations, adaptations } from '../adaptations.ts';
import { converseRequest } from '../converse-request.ts';
import type { FormatContext, Translated } from '../format.ts';
import { reportIgnored } from '../ignored-fields.ts';
import { openAiTier } from '../openai-tier.ts';
import { unsupported } from '../refuse.ts';
import { requestMetadata } from '../request-metadata.ts';
import { jsonSchemaFormat } from '../response-format.ts';
import { samplingConfig } from '../sampling.ts';
import { ignoredFields } from './ignored.ts';
import { conversation } from './items.ts';
import { previousNotFound } from './previous.ts';
import type { ResponsesRequest } from './schema.ts';
import { customTools, toolboxOf } from './toolbox.ts';
import { toolWishes } from './tools.ts';

/** A Responses request in Converse's words. An id of an earlier response must be resolved by `expandPrevious` before. */
export function responsesToConverse(request: ResponsesRequest, context: FormatContext): Translated {
  const adapt = adaptations(context.strict);
  refuseImpossible(request);
  reportIgnored(ignoredFields, request, context.strict, adapt.changes);
  reportIgnoredParts(request, adapt);
  const box = toolboxOf(request);
  const { system, messages } = conversation(request, customTools(box), adapt);
  const { toolConfig, ...toolOptions } = toolWishes(request, box, adapt);
  const inference = samplingConfig(
    { maxTokens: request.max_output_tokens, temperature: request.temperature, topP: request.top_p },
    adapt.changes,
  );
  const metadata = requestMetadata(metadataPairs(request), adapt.changes);
  const tier = openAiTier(request.service_tier, adapt.changes);
  return {
    model: request.model,
    stream: request.stream ?? false,
    request: converseRequest({ messages, system, inference, toolConfig, metadata, tier }),
    options: { ...toolOptions, ...modelOptions(request) },
    changes: adapt.changes,
    choices: 1,
  };
}

/** What would give another answer than the one asked for, in any mode. */
function refuseImpossible(request: ResponsesRequest): void {
  if (request.background) {
    throw unsupported('background', 'Responses cannot run in the background here. Leave background out and stream.');
  }
  if (request.conversation) {
    throw unsupported('conversation', 'There is no Conversations API here. Send the input, or previous_response_id.');
  }
  if (request.prompt) {
    throw unsupported('prompt', 'Stored prompts of OpenAI do not exist here. Send the prompt itself as instructions.');
  }
  if (request.previous_response_id && request.earlierItems === undefined) {
    throw previousNotFound(request.previous_response_id);
  }
}

/** Wishes inside fields that are honoured otherwise. */
function reportIgnoredParts(request: ResponsesRequest, adapt: Adaptations): void {
  if (request.include?.includes('message.output_text.logprobs')) {
    adapt.dropped('include', 'logprobs ignored', 'Converse gives no log probabilities.');
  }
  if (request.text?.verbosity && request.text.verbosity !== 'medium') {
    adapt.dropped('text.verbosity', 'verbosity ignored', 'Converse has no verbosity; say it in the prompt.');
  }
}

function metadataPairs({ metadata, user, safety_identifier }: ResponsesRequest): [string, unknown][] {
  return [...Object.entries(metadata ?? {}), ['user', user], ['safety_identifier', safety_identifier]];
}

function modelOptions(request: ResponsesRequest): ModelOptions {
  const effort = request.reasoning?.effort;
  const responseFormat = responseFormatOf(request.text?.format);
  return { ...(effort ? { effort } : {}), ...(responseFormat ? { responseFormat } : {}) };
}

type TextFormat = NonNullable<NonNullable<ResponsesRequest['text']>['format']>;

function responseFormatOf(format: TextFormat | null | undefined): ResponseFormat | undefined {
  if (!format || format.type === 'text') return undefined;
  return format.type === 'json_object' ? { type: 'json_object' } : jsonSchemaFormat(format);
}
