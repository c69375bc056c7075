import { isObject, parsedJson } from '../../base/json.ts';
import { documentNames } from '../../converse/document-names.ts';
import type { ModelOptions, Thinking } from '../../converse/options.ts';
import type { ConverseRequest, ServiceTier } from '../../converse/request.ts';
import { type Adaptations, adaptations } from '../adaptations.ts';
import { converseRequest } from '../converse-request.ts';
import type { FormatContext, Translated } from '../format.ts';
import { requestMetadata } from '../request-metadata.ts';
import { samplingConfig } from '../sampling.ts';
import { cachePoint, converseMessage, systemBlocks } from './blocks.ts';
import { type CountRequest, knownFields, type MessagesRequest } from './schema.ts';
import { choiceOptions, toolConfig } from './tools.ts';
import { withoutTurnSwitches } from './turn-switches.ts';

/** A Messages request in Converse's words. Throws `unsupported` for what only Anthropic's own servers can do. */
export function messagesToConverse(asked: MessagesRequest, context: FormatContext): Translated {
  const adapt = adaptations(context.strict);
  const request = withoutTurnSwitches(asked, adapt);
  reportUnknown(request, adapt);
  const inference = samplingConfig(
    {
      maxTokens: request.max_tokens,
      temperature: request.temperature,
      topP: request.top_p,
      stops: request.stop_sequences,
    },
    adapt.changes,
  );
  const notes = notesFor(request, adapt);
  return {
    model: context.pathModel ?? request.model,
    stream: request.stream ?? false,
    request: converseRequest({ ...prompt(request, adapt), inference, ...notes }),
    options: modelOptions(request, context, adapt),
    changes: adapt.changes,
    choices: 1,
  };
}

/** What Bedrock is told beside the prompt: pairs for its invocation log, and the tier to serve at. */
export function notesFor(
  { metadata, service_tier }: Pick<MessagesRequest, 'metadata' | 'service_tier'>,
  { changes }: Adaptations,
): { metadata: Record<string, string> | undefined; tier: ServiceTier | undefined } {
  return { metadata: requestMetadata(userPairs(metadata?.user_id), changes), tier: serviceTier(service_tier) };
}

/** The part of the request that costs input tokens. */
export function prompt(
  request: CountRequest,
  adapt: Adaptations,
): Pick<ConverseRequest, 'messages' | 'system' | 'toolConfig'> {
  const blocks = { adapt, documentName: documentNames() };
  const messages = request.messages.map((message, at) => converseMessage(message, `messages[${at}]`, blocks));
  messages.at(-1)?.content.push(...cachePoint(request.cache_control, adapt));
  const tools = toolConfig(request.tools, request.tool_choice, adapt);
  return {
    messages,
    ...(request.system ? { system: systemBlocks(request.system, adapt) } : {}),
    ...(tools ? { toolConfig: tools } : {}),
  };
}

/** What Converse has no field for; also what CountTokens needs to know of thinking. */
export function modelOptions(
  request: CountRequest & { top_k?: number | null | undefined },
  context: Pick<FormatContext, 'header'>,
  adapt: Adaptations,
): ModelOptions {
  const betas = betaNames(request, context.header('anthropic-beta'));
  const format = request.output_config?.format ?? request.output_format;
  return {
    ...thinkingOptions(request.thinking, adapt),
    ...(request.output_config?.effort ? { effort: request.output_config.effort } : {}),
    ...(typeof request.top_k === 'number' ? { topK: request.top_k } : {}),
    ...(betas.length > 0 ? { betas } : {}),
    ...choiceOptions(request.tool_choice),
    ...(format ? { responseFormat: { type: 'json_schema', name: 'output', schema: format.schema, strict: true } } : {}),
  };
}

function thinkingOptions(thinking: MessagesRequest['thinking'], adapt: Adaptations): ModelOptions {
  if (!thinking) return {};
  switch (thinking.type) {
    case 'enabled':
      return { thinking: { type: 'enabled', budgetTokens: thinking.budget_tokens, ...displayOf(thinking.display) } };
    case 'adaptive':
      return { thinking: { type: 'adaptive', ...displayOf(thinking.display) } };
    case 'between_tools':
      adapt.changed('thinking between_tools sent as adaptive', 'It is the nearest mode that every model knows.');
      return { thinking: { type: 'adaptive' } };
    case 'disabled':
      return { thinking: { type: 'disabled' } };
    default:
      return thinking satisfies never;
  }
}

type Display = Extract<Thinking, { type: 'adaptive' }>['display'];
const displayOf = (display: Display | null): { display?: NonNullable<Display> } => (display ? { display } : {});

/** Beta names from the header (comma-separated) and from the body, each once. The allow-list is the model's business. */
export function betaNames(request: CountRequest, header: string | undefined): string[] {
  const names = [...(header ?? '').split(','), ...(request.anthropic_beta ?? []), ...(request.betas ?? [])];
  return [...new Set(names.map((name) => name.trim()).filter((name) => name !== ''))];
}

/** Claude Code's `user_id` is a JSON object as text, whose signs are unlawful in Bedrock's log: its members go one by one. */
function userPairs(userId: string | null | undefined): [string, unknown][] {
  if (!userId) return [];
  const parsed = parsedJson(userId);
  return isObject(parsed) ? Object.entries(parsed).filter(([, value]) => value !== '') : [['user_id', userId]];
}

/** `auto` is what happens without the field. */
function serviceTier(tier: string | null | undefined): ServiceTier | undefined {
  switch (tier) {
    case 'standard_only':
    case 'default':
      return 'default';
    case 'priority':
    case 'flex':
    case 'reserved':
      return tier;
    default:
      return undefined;
  }
}

function reportUnknown(request: MessagesRequest, adapt: Adaptations): void {
  for (const field of Object.keys(request)) {
    if (knownFields.has(field) || request[field] === null || request[field] === undefined) continue;
    const name = /^[a-z_]{1,40}$/.test(field) ? field : 'an unknown field';
    adapt.dropped(name, `${name} dropped`, 'Bedrock has nothing that corresponds to this field.');
  }
  const { effort: _, format: __, ...more } = request.output_config ?? {};
  for (const member of Object.keys(more)) {
    const name = /^[a-z_]{1,40}$/.test(member) ? `output_config.${member}` : 'an unknown field';
    adapt.dropped(name, `${name} dropped`, 'Converse has no form for it.');
  }
}
