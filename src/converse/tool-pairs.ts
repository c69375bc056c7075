import type { Note } from './notes.ts';
import type { ContentBlock, Message, ToolResultBlock } from './request.ts';
import { stableHash } from './stable-hash.ts';

const legalId = /^[a-zA-Z0-9_.:-]{1,64}$/;

/** A call and, once it was met, its result, with the cache points that followed it. */
type Slot = { id: string; result?: ToolResultBlock; trailing: ContentBlock[] };

/**
 * Makes every tool call of an assistant turn find its result at the head of the next user turn, and every result its
 * call: "Expected toolResult blocks at messages.N.content for the following Ids". A call without result gets an error
 * result, a result without call becomes text, ids become legal and unique. Wants merged turns.
 */
export function pairTools(messages: Message[], note: Note): Message[] {
  if (arePaired(messages)) return messages;
  const seen = new Set<string>();
  const open = new Map<string, Slot[]>();
  const turns = messages.map((message) =>
    message.role === 'assistant' ? takeCalls(message, seen, open, note) : takeResults(message, open, note),
  );
  return seatResults(turns, messages, note);
}

/** A turn on its way: its calls (assistant), or what is left of it without its results (others). */
type Turn = { message: Message; slots: Slot[] };

function takeCalls(message: Message, seen: Set<string>, open: Map<string, Slot[]>, note: Note): Turn {
  const slots: Slot[] = [];
  const fresh = new Map<string, Slot[]>();
  const content = message.content.map((block) => {
    if (!('toolUse' in block)) return block;
    const given = block.toolUse.toolUseId;
    const id = freeId(given, seen, note);
    const slot: Slot = { id, trailing: [] };
    slots.push(slot);
    fresh.set(given, [...(fresh.get(given) ?? []), slot]);
    return id === given ? block : { toolUse: { ...block.toolUse, toolUseId: id } };
  });
  // A later call of the same id closes the earlier one: its results are not the earlier call's.
  for (const [given, waiting] of fresh) open.set(given, waiting);
  return { message: { role: 'assistant', content }, slots };
}

function takeResults(message: Message, open: Map<string, Slot[]>, note: Note): Turn {
  const content: ContentBlock[] = [];
  let last: Slot | undefined;
  for (const block of message.content) {
    if ('toolResult' in block) {
      last = open.get(block.toolResult.toolUseId)?.shift();
      if (last) last.result = block.toolResult;
      else content.push(...orphan(block.toolResult, note));
    } else if (last && 'cachePoint' in block) {
      last.trailing.push(block);
    } else {
      last = undefined;
      content.push(block);
    }
  }
  return { message: { role: message.role, content }, slots: [] };
}

/** Puts each call's result at the head of the turn that follows it. */
function seatResults(turns: Turn[], given: readonly Message[], note: Note): Message[] {
  const seated: Message[] = [];
  for (let at = 0; at < turns.length; at++) {
    const turn = turns[at] as Turn; // at is below length
    seated.push(turn.message);
    if (turn.slots.length === 0) continue;
    if (turn.slots.every((slot) => slot.result) && !answers(given[at + 1], callsOf(given[at]))) {
      note('tool results put in order', 'all results of a turn must open the next user turn');
    }
    const results = turn.slots.flatMap((slot) => resultBlocks(slot, note));
    const next = turns[at + 1]?.message;
    if (next?.role === 'user')
      turns[at + 1] = { message: { role: 'user', content: [...results, ...next.content] }, slots: [] };
    else seated.push({ role: 'user', content: results });
  }
  return seated;
}

function resultBlocks(slot: Slot, note: Note): ContentBlock[] {
  if (slot.result) return [{ toolResult: { ...slot.result, toolUseId: slot.id } }, ...slot.trailing];
  note('missing tool result added', 'Converse wants a result for every tool call');
  return [{ toolResult: { toolUseId: slot.id, content: [{ text: '(no result: interrupted)' }], status: 'error' } }];
}

function orphan(result: ToolResultBlock, note: Note): ContentBlock[] {
  note('stray tool result turned into text', 'Converse refuses a result without its call');
  return result.content.flatMap((item): ContentBlock[] => {
    if ('text' in item) return [{ text: `[tool result] ${item.text}` }];
    if ('json' in item) return [{ text: `[tool result] ${JSON.stringify(item.json)}` }];
    return [item];
  });
}

/** The id itself where it is legal and new; else one that is always the same for the same history. */
function freeId(given: string, seen: Set<string>, note: Note): string {
  let id = given;
  for (let round = 0; !legalId.test(id) || seen.has(id); round++) {
    note('tool call id replaced', 'Converse wants ids of [a-zA-Z0-9_.:-]{1,64}, each used once');
    id = `call_${stableHash(`${round}:${given}`, 22)}`;
  }
  seen.add(id);
  return id;
}

function arePaired(messages: Message[]): boolean {
  const seen = new Set<string>();
  let calls = new Set<string>();
  for (const message of messages) {
    if (!answers(message, calls)) return false;
    calls = new Set();
    if (message.role !== 'assistant') continue;
    for (const block of message.content) {
      if (!('toolUse' in block)) continue;
      const id = block.toolUse.toolUseId;
      if (seen.has(id) || !legalId.test(id)) return false;
      seen.add(id);
      calls.add(id);
    }
  }
  return calls.size === 0;
}

/** True when the turn opens with exactly the results of these calls and holds no other. */
function answers(message: Message | undefined, calls: ReadonlySet<string>): boolean {
  const met = new Set<string>();
  let leading = message?.role === 'user';
  for (const block of message?.content ?? []) {
    if ('toolResult' in block) {
      const id = block.toolResult.toolUseId;
      if (!leading || !calls.has(id) || met.has(id)) return false;
      met.add(id);
    } else if (!('cachePoint' in block)) {
      leading = false;
    }
  }
  return met.size === calls.size;
}

function callsOf(message: Message | undefined): Set<string> {
  return new Set(message?.content.flatMap((block) => ('toolUse' in block ? [block.toolUse.toolUseId] : [])));
}
