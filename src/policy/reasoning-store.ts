import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import { canonicalJson, type JsonValue, parsedJson } from '../base/json.ts';
import type { Block } from '../converse/events.ts';
import type { ContentBlock, Message, ReasoningBlock } from '../converse/request.ts';
import { lruClock } from './lru-clock.ts';

/** The thinking of one turn: its blocks in the order in which they were signed, the model's other blocks between them as marks. */
export type TurnOrder = readonly ({ reasoning: ReasoningBlock } | { text: true } | { toolUseId: string })[];

/**
 * Thinking that clients drop and models want back (cases 55 and 108), in memory only. An entry belongs to one principal
 * and one model: another family refuses a foreign signature (case 58).
 */
export type ReasoningStore = {
  put(owner: Owner, prefix: string, blocks: readonly Block[]): void;
  /**
   * The order of the turn that `message` repeats, or undefined for a turn never seen. `prefix` is asked for only when
   * two turns look alike: clients edit the older part of a conversation, but they keep tool calls as they were.
   */
  get(owner: Owner, message: Message, prefix: () => string): TurnOrder | undefined;
  clear(): void;
  /** Lets go of what is too old. */
  sweep(): void;
  stats(): { turns: number; bytes: number };
};

/** Whose thinking it is: one key's, of one model. */
export type Owner = { principalId: string; modelId: string };

type Turn = { prefix: string; order: TurnOrder };

export type ReasoningStoreOptions = {
  clock: Pick<Clock, 'monotonic'>;
  /** Default 32 MiB. */
  maxBytes?: number;
  /** Default four hours after the turn was last asked for. */
  ttlMs?: number;
};

/** Turns that look the same and differ in what came before; the oldest of them is forgotten. */
const maxTwins = 4;

/** An empty store. */
export function createReasoningStore({
  clock,
  maxBytes = 32 * 2 ** 20,
  ttlMs = 4 * 3_600_000,
}: ReasoningStoreOptions): ReasoningStore {
  const turns = new LRUCache<string, Turn[]>({
    maxSize: maxBytes,
    sizeCalculation: (twins) => twins.reduce((bytes, { order }) => bytes + orderBytes(order), 0),
    ttl: ttlMs,
    updateAgeOnGet: true,
    ...lruClock(clock),
  });
  return {
    put(owner, prefix, blocks) {
      const key = turnKey(owner, blocks.flatMap(markOf));
      if (key === undefined) return;
      const others = (turns.get(key) ?? []).filter((twin) => twin.prefix !== prefix);
      turns.set(key, [...others.slice(1 - maxTwins), { prefix, order: orderOf(blocks) }]);
    },
    get(owner, message, prefix) {
      const key = turnKey(owner, message.content.flatMap(markOfContent));
      const twins = key === undefined ? undefined : turns.get(key);
      if (!twins) return undefined;
      if (twins.length === 1 && message.content.some((block) => 'toolUse' in block)) return twins[0]?.order;
      const wanted = prefix();
      return twins.find((twin) => twin.prefix === wanted)?.order;
    },
    clear: () => turns.clear(),
    sweep: () => void turns.purgeStale(),
    stats() {
      turns.purgeStale();
      return { turns: turns.size, bytes: turns.calculatedSize };
    },
  };
}

/** What a client gives back of a turn: its tool calls, or, in a turn without any, its text. */
type Mark = { tool: [id: string, name: string, input: JsonValue] } | { text: string };

function markOf(block: Block): Mark[] {
  if (block.kind === 'tool') return [{ tool: [block.id, block.name, parsed(block.input)] }];
  return block.kind === 'text' ? [{ text: block.text }] : [];
}

function markOfContent(block: ContentBlock): Mark[] {
  if ('toolUse' in block) return [{ tool: [block.toolUse.toolUseId, block.toolUse.name, block.toolUse.input] }];
  return 'text' in block ? [{ text: block.text }] : [];
}

/** A call's arguments as clients give them back; those that are no JSON stay text. */
function parsed(input: string): JsonValue {
  const value = input === '' ? {} : parsedJson(input);
  return value === undefined ? input : (value as JsonValue); // JSON.parse gives nothing else
}

/** Undefined for a turn that leaves nothing to know it by. */
function turnKey({ principalId, modelId }: Owner, marks: readonly Mark[]): string | undefined {
  const tools = marks.flatMap((mark) => ('tool' in mark ? [mark.tool] : []));
  const text = marks.map((mark) => ('text' in mark ? mark.text : '')).join('');
  if (tools.length === 0 && text.trim() === '') return undefined;
  // Clients reword or drop the text beside tool calls; the calls themselves come back as they were.
  return hash('sha256', canonicalJson([principalId, modelId, tools.length > 0 ? tools : text.trim()]), 'base64url');
}

function orderOf(blocks: readonly Block[]): TurnOrder {
  return blocks.flatMap((block): TurnOrder => {
    switch (block.kind) {
      case 'reasoning': {
        const { text, signature } = block;
        return [{ reasoning: { reasoningText: signature === undefined ? { text } : { text, signature } } }];
      }
      case 'redacted':
        return [{ reasoning: { redactedContent: block.data } }];
      case 'tool':
        return [{ toolUseId: block.id }];
      case 'text':
        return [{ text: true }];
      case 'other':
        return [];
      default:
        return block satisfies never;
    }
  });
}

function orderBytes(order: TurnOrder): number {
  let bytes = 300;
  for (const mark of order) bytes += 'reasoning' in mark ? 100 + 2 * JSON.stringify(mark.reasoning).length : 60;
  return bytes;
}

/** The digest of a conversation up to each of its turns, thinking and cache points aside, as far as it is asked for. */
export function prefixes(messages: readonly Message[]): (turns: number) => string {
  const known = [''];
  return (turns) => {
    for (let at = known.length; at <= turns; at++) {
      const message = messages[at - 1];
      const content = message?.content.filter((block) => !('reasoningContent' in block || 'cachePoint' in block));
      known.push(hash('sha256', `${known[at - 1]}\n${canonicalJson([message?.role, content])}`, 'base64url'));
    }
    return known[turns] ?? '';
  };
}

/** A turn's content with its thinking put back where it stood between the tool calls (case 56). */
export function restored(content: readonly ContentBlock[], order: TurnOrder): ContentBlock[] {
  const left = [...content];
  const whole: ContentBlock[] = [];
  for (const mark of order) {
    if ('reasoning' in mark) {
      whole.push({ reasoningContent: mark.reasoning });
    } else if ('toolUseId' in mark) {
      const at = left.findIndex((block) => 'toolUse' in block && block.toolUse.toolUseId === mark.toolUseId);
      whole.push(...left.splice(0, at + 1));
    } else if (left[0] !== undefined && 'text' in left[0]) {
      whole.push(...left.splice(0, 1));
    }
  }
  return [...whole, ...left];
}
