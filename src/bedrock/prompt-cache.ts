import type { JsonValue } from '../base/json.ts';
import { countPoints } from '../converse/cache-points.ts';
import type { PromptCaching } from '../converse/model.ts';
import type { CachePoint, ContentBlock, ConverseRequest, Message, SystemBlock, Tool } from '../converse/request.ts';
import { rewriteList } from '../converse/rewrite-list.ts';
import { withLists } from '../converse/with-lists.ts';
import type { Draft } from './draft.ts';

type Pointed = { cachePoint: CachePoint };

const point: Pointed = { cachePoint: { type: 'default' } };
/** Characters per token, on the low side of English and code: a prefix judged long enough must be so. */
const charactersPerToken = 4;

/**
 * Fits the client's cache points to the row, or, where it set none, places our own. A point on a model without caching
 * is a 403 that looks like missing rights (BerriAI/litellm#39210).
 */
export function fitCachePoints(draft: Draft): void {
  const caching = draft.row.promptCaching;
  if (countPoints(draft.request) > 0) {
    const fitted = permittedPoints(draft.request, caching || undefined);
    if (fitted === draft.request) return;
    draft.note('cache points adapted', 'the model takes them in fewer places, or not at all');
    draft.request = fitted;
  } else if (caching && draft.settings.autoCache !== false) {
    const steady = draft.options.steadyPrefix !== false;
    const places = steady ? caching : { ...caching, fields: caching.fields.filter((field) => field !== 'messages') };
    if (!steady)
      draft.note('cache points left out', 'this conversation was written to the cache again and again and never read');
    const placed = placeCachePoints(draft.request, places);
    if (placed === draft.request) return;
    draft.note('cache points added', 'a repeated beginning is read from the prompt cache at a tenth of its price');
    draft.request = placed;
  }
}

/** Takes away the points, and the TTLs, that the row does not allow (cases 75, 78, 79). */
function permittedPoints(request: ConverseRequest, caching: PromptCaching | undefined): ConverseRequest {
  const permit = <T extends object>(list: T[], field: 'tools' | 'system' | 'messages'): T[] =>
    rewriteList(list, (item, at) => {
      if (!isPoint(item)) return item;
      const before = list[at - 1];
      if (!caching?.fields.includes(field)) return undefined;
      if (caching.afterToolBlocks === false && isToolBlock(before)) return undefined;
      const { ttl } = item.cachePoint;
      if (ttl === undefined || (caching.ttlField && caching.ttls.includes(ttl))) return item;
      return { ...item, cachePoint: { type: 'default' } };
    });
  const messages = rewriteList(request.messages, (message) => {
    const content = permit(message.content, 'messages');
    return content === message.content ? message : { role: message.role, content };
  });
  const system = request.system && permit(request.system, 'system');
  const tools = request.toolConfig && permit(request.toolConfig.tools, 'tools');
  return withLists(request, { messages, system, tools });
}

/**
 * Sets cache points behind the tools, the system prompt and the last two user turns, each only where the prefix up to
 * it is long enough to be cached. A first turn gets none of its own: a lone question is seldom asked twice, and a write
 * costs a quarter more than plain input.
 */
export function placeCachePoints(request: ConverseRequest, caching: PromptCaching): ConverseRequest {
  const least = caching.minTokens * charactersPerToken;
  const { toolConfig, system, messages } = request;
  const inTools = toolConfig ? weighTools(toolConfig.tools, least) : 0;
  const inSystem = inTools + (system ? weighSystem(system) : 0);
  const pointTools = toolConfig !== undefined && inTools >= least && caching.fields.includes('tools');
  const pointSystem = system !== undefined && inSystem >= least && caching.fields.includes('system');
  const turns = caching.fields.includes('messages') ? turnsToPoint(messages, least - inSystem, caching) : [];
  if (!pointTools && !pointSystem && turns.length === 0) return request;
  return {
    ...request,
    ...(pointTools && { toolConfig: { ...toolConfig, tools: [...toolConfig.tools, point] } }),
    ...(pointSystem && { system: [...system, point] }),
    messages: turns.length === 0 ? messages : messages.map((turn, at) => (turns.includes(at) ? pointed(turn) : turn)),
  };
}

/** The last two user turns, the older one being where the previous request of this conversation ended. */
function turnsToPoint(messages: readonly Message[], missing: number, caching: PromptCaching): number[] {
  const last = messages.length - 1;
  if (last < 1) return [];
  const turns = [last, last - 2].filter((at) => {
    const message = messages[at];
    return message?.role === 'user' && takesPoint(message.content.at(-1), caching);
  });
  const from = reachedAt(messages, missing);
  return turns.filter((at) => at >= from);
}

/** The first turn up to which the conversation weighs as much as is missing. */
function reachedAt(messages: readonly Message[], missing: number): number {
  let weight = 0;
  const at = messages.findIndex((message) => {
    for (const block of message.content) weight += weighBlock(block);
    return weight >= missing;
  });
  return at === -1 ? messages.length : at;
}

function pointed(turn: Message): Message {
  return { role: turn.role, content: [...turn.content, point] };
}

function takesPoint(block: ContentBlock | undefined, caching: PromptCaching): boolean {
  if (!block || isPoint(block) || 'reasoningContent' in block) return false;
  if (caching.afterToolBlocks === false && isToolBlock(block)) return false;
  return !('document' in block);
}

function isPoint(item: object): item is Pointed {
  return 'cachePoint' in item;
}

function isToolBlock(item: object | undefined): boolean {
  return item !== undefined && ('toolUse' in item || 'toolResult' in item);
}

/** Characters of what the model reads as words; pictures and documents count nothing, to stay on the low side. */
function weighBlock(block: ContentBlock): number {
  if ('text' in block) return block.text.length;
  if ('toolUse' in block) return weighJson(block.toolUse.input);
  if (!('toolResult' in block)) return 0;
  let weight = 0;
  for (const item of block.toolResult.content) if ('text' in item) weight += item.text.length;
  return weight;
}

function weighSystem(system: readonly SystemBlock[]): number {
  let weight = 0;
  for (const block of system) if ('text' in block) weight += block.text.length;
  return weight;
}

/** Stops counting once `enough` is reached. */
function weighTools(tools: readonly Tool[], enough: number): number {
  let weight = 0;
  for (const tool of tools) {
    if (weight >= enough) break;
    if (!('toolSpec' in tool)) continue;
    const { name, description, inputSchema } = tool.toolSpec;
    weight += name.length + (description?.length ?? 0) + weighJson(inputSchema.json);
  }
  return weight;
}

function weighJson(value: JsonValue): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 2;
  let weight = 0;
  if (Array.isArray(value)) {
    for (const item of value) weight += weighJson(item);
    return weight;
  }
  for (const key in value) weight += key.length + weighJson(value[key] ?? null);
  return weight;
}
