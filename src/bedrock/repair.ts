import { ProxyError } from '../base/errors.ts';
import type { Call } from '../converse/call.ts';
import type { Capabilities, ModelInfo, ReasoningCapabilities } from '../converse/model.ts';
import type { ContentBlock, Message } from '../converse/request.ts';
import { accommodate } from './accommodate.ts';
import type { Accommodation } from './accommodation.ts';
import type { AccommodateSettings } from './draft.ts';
import { tellTools } from './fit-tools.ts';

/** What a refusal teaches: a fact about the model, or a part of the request that it will not take. */
type Lesson = {
  row?: Partial<Capabilities>;
  maxOutputTokens?: number;
  without?: 'performanceConfig' | 'serviceTier' | 'citations';
  /** The history lacks thoughts that the model wants back (case 55). */
  lostThoughts?: true;
  /** The history holds thoughts that the model does not know for its own. */
  strangeThoughts?: true;
};

/**
 * Refusals that name their cause, as Bedrock words them (2026-08). Each is a fact that our row did not know; with it the
 * request is fitted anew, so that a repair obeys the same rules as everything else.
 */
const lessons: readonly { says: RegExp; learn(row: Capabilities, match: RegExpExecArray): Lesson | undefined }[] = [
  {
    says: /exceeds the model limit of ([\d,]+)/i,
    learn: (_, match) => ({ maxOutputTokens: Number((match[1] ?? '').replaceAll(',', '')) }),
  },
  {
    // The last of them of a point behind a document alone (anomalyco/opencode#17300).
    says: /prompt caching|extraneous key \[cachePoint\]|cache point cannot|nothing available to cache/i,
    learn: () => ({ row: { promptCaching: false } }),
  },
  {
    says: /cache_control\S*ttl|ttl.{0,40}(?:not supported|not permitted)/i,
    learn: ({ promptCaching }) =>
      promptCaching ? { row: { promptCaching: { ...promptCaching, ttlField: false } } } : undefined,
  },
  { says: /expected `?thinking`?.{0,40}but found/i, learn: () => ({ lostThoughts: true }) },
  {
    // Also of signatures that Bedrock itself gave: such a session fails at every turn until they go (openclaw/openclaw#109881).
    says: /invalid `?(?:signature|data)`? in `?(?:redacted_)?thinking/i,
    learn: (row) => ({ ...withoutReplay(row), strangeThoughts: true }),
  },
  { says: /stop.?sequences?\b.{0,60}non-whitespace/i, learn: () => ({ row: { blankStops: false } }) },
  { says: /tool use in streaming mode/i, learn: () => ({ row: { toolStreaming: false } }) },
  { says: /doesn't support tool use/i, learn: () => ({ row: { tools: false, toolChoice: [] } }) },
  { says: /doesn't support system messages/i, learn: () => ({ row: { systemPrompt: false } }) },
  { says: /cannot both be specified/i, learn: () => ({ row: { sampling: 'either' } }) },
  { says: /`?(?:temperature|top_p|top_k)`? is deprecated/i, learn: () => ({ row: { sampling: 'none', topK: false } }) },
  {
    says: /temperature may only be set to 1 when thinking/i,
    learn: () => ({ row: { sampling: 'none', topK: false } }),
  },
  { says: /doesn't support the (?:\w+\.)*(\w+) field/i, learn: (_, match) => fieldLesson(match[1] ?? '', match[0]) },
  { says: /thinking may not be enabled when tool_choice/i, learn: () => ({ row: { toolChoice: ['auto'] } }) },
  { says: /tool_choice.{0,60}not supported/i, learn: () => ({ row: { toolChoice: ['auto'] } }) },
  { says: /thinking\.type\.disabled|thinking cannot be disabled/i, learn: withoutDisabled },
  {
    says: /thinking\.type\.enabled.{0,20}not supported/i,
    learn: (row) => thinkingLesson(row, { modes: ['adaptive'], efforts: ['low', 'medium', 'high'] }),
  },
  {
    says: /adaptive thinking is not supported/i,
    learn: (row) => thinkingLesson(row, { modes: ['enabled', 'disabled'], efforts: [] }),
  },
  { says: /output_config\.format|textFormat|outputConfig/i, learn: () => ({ row: { structuredOutput: false } }) },
  {
    says: /(?:thinking|output_config|reasoning\w*)(?:\.\w+)*: extra inputs/i,
    learn: () => ({ row: { reasoning: false } }),
  },
  { says: /property keys should match/i, learn: () => ({ row: { plainProperties: true } }) },
  { says: /inputSchema\/json: extraneous key/i, learn: () => ({ row: { bareSchemas: true } }) },
  { says: /strict: extra inputs/i, learn: () => ({ row: { strictTools: false } }) },
  { says: /invalid beta flag/i, learn: () => ({ row: { betas: [] } }) },
  { says: /reasoningContent|cannot contain reasoning content/i, learn: withoutReplay },
  { says: /cannot be provided in the same turn/i, learn: () => ({ row: { besideToolResult: [] } }) },
  { says: /must start with a user message/i, learn: () => ({ row: { assistantFirst: false } }) },
  { says: /prefill|must end with a user message/i, learn: () => ({ row: { prefill: false } }) },
  { says: /doesn't support the image content block/i, learn: () => ({ row: { images: false, toolResultMedia: [] } }) },
  {
    says: /doesn't support\b.{0,40}\bcitations|citations\b.{0,60}not supported/i,
    learn: () => ({ without: 'citations' }),
  },
  { says: /latency|performanceConfig/i, learn: () => ({ without: 'performanceConfig' }) },
  { says: /service ?tier/i, learn: () => ({ without: 'serviceTier' }) },
];

/** "This model doesn't support the X field. Remove X and try again." */
function fieldLesson(field: string, words: string): Lesson | undefined {
  if (words.includes('toolChoice')) return { row: { toolChoice: field === 'tool' ? ['auto', 'any'] : ['auto'] } };
  switch (field) {
    case 'temperature':
    case 'topP':
      return { row: { sampling: 'none', topK: false } };
    case 'stopSequences':
      return { row: { stopSequences: false } };
    case 'status':
      return { row: { toolResultStatus: false } };
    case 'signature':
      return { row: { reasoning: false } };
    case 'cachePoint':
      return { row: { promptCaching: false } };
    case 'strict':
      return { row: { strictTools: false } };
    default:
      return undefined;
  }
}

function thinkingLesson({ reasoning }: Capabilities, facts: Partial<ReasoningCapabilities>): Lesson | undefined {
  return reasoning ? { row: { reasoning: { ...reasoning, ...facts } } } : undefined;
}

/** Thinking cannot be switched off. */
function withoutDisabled(row: Capabilities): Lesson | undefined {
  if (!row.reasoning) return undefined;
  return thinkingLesson(row, { modes: row.reasoning.modes.filter((mode) => mode !== 'disabled') });
}

function withoutReplay(row: Capabilities): Lesson | undefined {
  return thinkingLesson(row, { replay: 'never' });
}

/**
 * The request fitted once more with what a refusal taught; undefined when the refusal teaches nothing, or nothing new.
 * For errors before the first event only, and once per call.
 */
export function repairAfter(
  error: unknown,
  call: Call,
  tried: Accommodation,
  settings: AccommodateSettings = {},
): Accommodation | undefined {
  if (!(error instanceof ProxyError)) return undefined;
  const words = `${error.publicMessage}\n${error.facts.detail ?? ''}`.replaceAll('’', "'");
  const lesson = learn(words, call.target.info.capabilities);
  if (!lesson) return undefined;
  const again = accommodate(taught(call, lesson), settings);
  const same = again.streaming === tried.streaming && JSON.stringify(again.request) === JSON.stringify(tried.request);
  if (same) return undefined;
  const repair = { what: 'request repaired', why: 'the model refused the first form and named the cause' };
  return { ...again, changes: [...again.changes, repair] };
}

function learn(words: string, row: Capabilities): Lesson | undefined {
  for (const { says, learn: from } of lessons) {
    const match = says.exec(words);
    const lesson = match ? from(row, match) : undefined;
    if (lesson) return lesson;
  }
  return undefined;
}

function taught(call: Call, { row, maxOutputTokens, without, lostThoughts, strangeThoughts }: Lesson): Call {
  const info: ModelInfo = {
    ...call.target.info,
    ...(maxOutputTokens && { maxOutputTokens }),
    capabilities: { ...call.target.info.capabilities, ...row },
  };
  const request = { ...call.request };
  if (without === 'citations') request.messages = request.messages.map(uncited);
  else if (without) delete request[without];
  const again = { ...call, request, target: { ...call.target, info } };
  return lostThoughts || (strangeThoughts && owesThoughts(call)) ? withoutThoughts(again) : again;
}

/** The documents are still read; what is said of them names no places. */
function uncited(message: Message): Message {
  const content = message.content.map((block): ContentBlock => {
    if ('document' in block) {
      const { citations: _, ...document } = block.document;
      return { document };
    }
    if (!('searchResult' in block)) return block;
    const { citations: _, ...searchResult } = block.searchResult;
    return { searchResult };
  });
  return { role: message.role, content };
}

/** Whether the model will miss the thoughts of the history once they are gone: in an open tool loop, or always. */
function owesThoughts({ request, target }: Call): boolean {
  const { reasoning } = target.info.capabilities;
  const last = request.messages.findLast((message) => message.role === 'assistant')?.content ?? [];
  return (reasoning !== false && reasoning.returnAll) || last.some((block) => 'toolUse' in block);
}

/** Thinking off where the model allows it; else the tool calls of the history are told as text, which owes no thoughts. */
function withoutThoughts(call: Call): Call {
  const { reasoning } = call.target.info.capabilities;
  if (reasoning !== false && reasoning.modes.includes('disabled')) {
    return { ...call, options: { ...call.options, thinking: { type: 'disabled' } } };
  }
  return { ...call, request: { ...call.request, messages: tellTools(call.request.messages) } };
}
