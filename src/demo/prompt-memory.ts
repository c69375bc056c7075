import { createHash } from 'node:crypto';
import { canonicalJson } from '../base/json.ts';
import type { CachePoint, ConverseBody } from './converse-body.ts';
import type { Family } from './family.ts';

/** Bedrock's usage: `inputTokens` counts neither cache reads nor writes; `totalTokens` counts all. */
export type Usage = {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
  cacheDetails?: { ttl: string; inputTokens: number }[];
};

/** Remembers prompt prefixes for their time to live, and counts what a request reads from and writes to the cache. */
export type PromptMemory = {
  count(body: ConverseBody, family: Family, modelId: string): Omit<Usage, 'outputTokens' | 'totalTokens'>;
};

type Prefix = { hash: string; tokens: number; ttl: string };

const lifeMs = (ttl: string): number => (ttl === '1h' ? 3_600_000 : 300_000);
const remembered = 1024;

/** About four characters to a token. */
export const estimateTokens = (text: string): number => Math.ceil(text.length / 4);

/** Input tokens without any cache. */
export function inputTokens(body: ConverseBody): number {
  return pieces(body).reduce((sum, { text }) => sum + estimateTokens(text), 0);
}

/** A memory of prompts as Bedrock's cache would have it; `now` in milliseconds. */
export function openPromptMemory(now: () => number): PromptMemory {
  const expiries = new Map<string, number>();
  const keep = ({ hash, ttl }: Prefix) => {
    const [oldest] = expiries.keys();
    if (oldest !== undefined && expiries.size >= remembered) expiries.delete(oldest);
    expiries.set(hash, now() + lifeMs(ttl));
  };
  return {
    count(body, family, modelId) {
      const total = inputTokens(body);
      const minimum = family.cache ? family.cache.minTokens : Number.POSITIVE_INFINITY;
      const prefixes = prefixesOf(body, modelId).filter(({ tokens }) => tokens >= minimum);
      const known = prefixes.findLast(({ hash }) => (expiries.get(hash) ?? 0) > now());
      const last = prefixes.at(-1);
      if (!last)
        return family.cache
          ? { inputTokens: total, cacheReadInputTokens: 0, cacheWriteInputTokens: 0 }
          : { inputTokens: total };
      const read = known?.tokens ?? 0;
      const written = last.tokens - read;
      prefixes.forEach(keep);
      return {
        inputTokens: total - last.tokens,
        cacheReadInputTokens: read,
        cacheWriteInputTokens: written,
        ...(written > 0 ? { cacheDetails: [{ ttl: last.ttl, inputTokens: written }] } : {}),
      };
    },
  };
}

type Piece = { text: string; point?: CachePoint | undefined };

/** The prompt in the order in which the service reads it. */
function pieces(body: ConverseBody): Piece[] {
  const piece = (item: { cachePoint?: CachePoint }): Piece =>
    item.cachePoint ? { text: '', point: item.cachePoint } : { text: canonicalJson(item) };
  return [
    ...(body.toolConfig?.tools ?? []).map(piece),
    ...body.system.map(piece),
    ...body.messages.flatMap((message) => [{ text: message.role }, ...message.content.map(piece)]),
  ];
}

function prefixesOf(body: ConverseBody, modelId: string): Prefix[] {
  const found: Prefix[] = [];
  const hash = createHash('sha256').update(modelId);
  let tokens = 0;
  for (const { text, point } of pieces(body)) {
    hash.update(`${text}\0`);
    tokens += estimateTokens(text);
    if (point) found.push({ hash: hash.copy().digest('base64'), tokens, ttl: point.ttl ?? '5m' });
  }
  return found;
}
