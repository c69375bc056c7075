import type { Call } from '../converse/call.ts';
import type { Change } from '../converse/changes.ts';
import { collector } from '../converse/collect.ts';
import type { EventStream } from '../converse/events.ts';
import type { ReasoningCapabilities } from '../converse/model.ts';
import type { Message } from '../converse/request.ts';
import { watched } from '../converse/watched.ts';
import { type Owner, prefixes, type ReasoningStore, restored } from '../policy/reasoning-store.ts';
import type { Layer } from './layer.ts';

const givenBack: Change = {
  what: 'thinking given back',
  why: 'The client dropped the signed thinking of earlier turns; the model wants it returned with its tool calls.',
};
const turnedOff: Change = {
  what: 'thinking off for this turn',
  why: 'The thinking that belongs to the tool calls in this request is not known here (it came from another process or is too old), and the model refuses tool results without it.',
};

/**
 * Gives models their own thinking back when a client dropped it, and remembers what they think now. Calls of models that
 * do not think, and calls with thinking off, pass untouched.
 */
export function withReasoning(store: ReasoningStore): Layer {
  return (next) => (call) => {
    // A native body goes out as the client wrote it: what it dropped cannot be put back.
    const reasoning = call.native ? undefined : activeReasoning(call);
    if (!reasoning) return next(call);
    const owner = { principalId: call.principal.id, modelId: call.target.info.id };
    const { messages } = call.request;
    const prefixAt = prefixes(messages);
    const given = giveBack({ messages, reasoning, store, owner, prefixAt });
    if (given.missing && reasoning.replay === 'signed' && reasoning.modes.includes('disabled')) {
      return next(withoutThinking(call));
    }
    const asked = given.messages === messages ? call : withMessages(call, given.messages);
    return remembered(next(asked), (blocks) => store.put(owner, prefixAt(messages.length), blocks));
  };
}

function activeReasoning({ target, options }: Call): ReasoningCapabilities | undefined {
  const { reasoning } = target.info.capabilities;
  if (!reasoning || reasoning.replay === 'never') return undefined;
  const effort = options.effort ?? target.effort;
  const on = options.thinking ? options.thinking.type !== 'disabled' : effort ? effort !== 'none' : reasoning.defaultOn;
  return on ? reasoning : undefined;
}

type Search = {
  messages: Message[];
  reasoning: ReasoningCapabilities;
  store: ReasoningStore;
  owner: Owner;
  prefixAt: (turns: number) => string;
};

/** The conversation with all thinking that is known put back, and whether some is missing that the model will ask for. */
function giveBack({ messages, reasoning, store, owner, prefixAt }: Search): { messages: Message[]; missing: boolean } {
  const loop = startOfToolLoop(messages);
  let missing = false;
  let changed = false;
  const whole = messages.map((message, at) => {
    const calls = message.content.some((block) => 'toolUse' in block);
    const wanted = message.role === 'assistant' && (calls || reasoning.returnAll);
    if (!wanted || message.content.some((block) => 'reasoningContent' in block)) return message;
    const order = store.get(owner, message, () => prefixAt(at));
    if (!order && calls && at >= loop) missing = true;
    if (!order?.some((mark) => 'reasoning' in mark)) return message;
    changed = true;
    return { ...message, content: restored(message.content, order) };
  });
  return { messages: changed ? whole : messages, missing };
}

/** Where the turns begin that end in tool results; behind the last message when it is a person's word. */
function startOfToolLoop(messages: readonly Message[]): number {
  let at = messages.length;
  while (at > 0 && isLoopTurn(messages[at - 1])) at--;
  return at;
}

function isLoopTurn(message: Message | undefined): boolean {
  return message?.content.some((block) => 'toolUse' in block || 'toolResult' in block) ?? false;
}

function withMessages(call: Call, messages: Message[]): Call {
  return { ...call, request: { ...call.request, messages }, changes: [...call.changes, givenBack] };
}

function withoutThinking(call: Call): Call {
  const { effort: _, ...target } = call.target;
  const { effort: __, ...options } = call.options;
  return {
    ...call,
    target,
    options: { ...options, thinking: { type: 'disabled' } },
    changes: [...call.changes, turnedOff],
  };
}

function remembered(
  stream: EventStream,
  remember: (blocks: Parameters<ReasoningStore['put']>[2]) => void,
): EventStream {
  const fold = collector();
  return watched(stream, {
    batch(batch) {
      fold.add(batch);
      const answer = batch[batch.length - 1]?.type === 'end' ? fold.answer() : undefined;
      // Before the end is given out: the client's next call may come at once.
      if (answer) remember(answer.blocks);
    },
  });
}
