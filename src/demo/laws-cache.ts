import { blocksOf, type CachePoint, type ConverseBody } from './converse-body.ts';
import type { Law } from './laws.ts';
import { invalid, refusedByModel } from './refusal.ts';

type Placed = { point: CachePoint; field: 'tools' | 'system' | 'messages'; index: number };

/** All cache points in the order in which the prefix grows: tools, system, messages. */
function cachePoints(body: ConverseBody): Placed[] {
  const placed: Placed[] = [];
  for (const [index, { cachePoint }] of (body.toolConfig?.tools ?? []).entries())
    if (cachePoint) placed.push({ point: cachePoint, field: 'tools', index });
  for (const [index, { cachePoint }] of body.system.entries())
    if (cachePoint) placed.push({ point: cachePoint, field: 'system', index });
  for (const { block, index } of blocksOf(body))
    if (block.cachePoint) placed.push({ point: block.cachePoint, field: 'messages', index });
  return placed;
}

const modelCaches: Law = ({ body, family }) =>
  cachePoints(body).length > 0 && !family.cache
    ? {
        status: 403,
        type: 'AccessDeniedException',
        message:
          'You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.',
      }
    : undefined;

const fewEnough: Law = ({ body }) => {
  const count = cachePoints(body).length;
  return count > 4
    ? refusedByModel(`A maximum of 4 blocks with cache_control may be provided. Found ${count}.`)
    : undefined;
};

const inItsField: Law = ({ body, family }) => {
  if (!family.cache) return undefined;
  const { fields, ttls, ttlField } = family.cache;
  for (const { point, field, index } of cachePoints(body)) {
    if (!fields.includes(field))
      return invalid(
        `Malformed input request: #/toolConfig/tools/${index}: extraneous key [cachePoint] is not permitted, please reformat your input and try again.`,
      );
    if (point.ttl !== undefined && (!ttlField || !ttls.includes(point.ttl)))
      return invalid(`This model doesn't support a cachePoint with the ttl ${point.ttl}. Remove ttl and try again.`);
  }
  return undefined;
};

const longerFirst: Law = ({ body }) => {
  const lives = cachePoints(body).map(({ point }) => point.ttl ?? '5m');
  const rises = lives.some((life, at) => life === '1h' && lives.slice(0, at).includes('5m'));
  return rises
    ? refusedByModel(
        "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: `tools`, `system`, `messages`.",
      )
    : undefined;
};

const behindACacheableBlock: Law = ({ body, family }) => {
  for (const { block, message, at, index } of blocksOf(body)) {
    if (!block.cachePoint) continue;
    const before = message.content[index - 1];
    if (!before) return invalid(`The cachePoint at messages.${at}.content.${index} must follow another content block.`);
    if (before.reasoningContent) return invalid('Cache point cannot be inserted after reasoning block.');
    if (before.document && before.document.format !== 'pdf')
      return refusedByModel(`messages.${at}.content.${index}.type: Field required`);
    if (family.vendor === 'amazon' && (before.toolUse || before.toolResult))
      return invalid('Cache point cannot be inserted after a tool use or tool result block.');
  }
  return undefined;
};

/** Where, how many and for how long prompts may be cached. */
export const cacheLaws: readonly Law[] = [modelCaches, inItsField, fewEnough, longerFirst, behindACacheableBlock];
