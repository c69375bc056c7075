import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import { tool as aiTool, generateText, jsonSchema, stepCountIs, streamText } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type SimulatedRequest, type Simulator, startSimulator } from '../../src/demo/bedrock-simulator.ts';
import type { StreamEvent } from '../../src/demo/frames.ts';
import type { Step } from '../../src/demo/step.ts';
import { openThoughtBook } from '../../src/demo/thought-book.ts';
import { apiKey, startDemo } from './running-demo.ts';

/*
 * Fifty turns of a tool loop with thinking, above a Bedrock that checks every signature (cases 55, 56, 57): by a client
 * that drops all reasoning, and by clients that bring it back in the field they know.
 */

const signatures = openThoughtBook();
const models = ['claude-sonnet-4-5', 'claude-opus-5-5'];
const tool = {
  name: 'look',
  description: 'Looks at a file',
  schema: { type: 'object', properties: { n: { type: 'integer' } } },
};
const tools = [
  { type: 'function' as const, function: { name: tool.name, description: tool.description, parameters: tool.schema } },
];

type Block = Record<string, unknown>;
type Turn = { role: string; content: Block[] };

let turnsWanted = 50;
let simulator: Simulator;
let program: Awaited<ReturnType<typeof startDemo>>;
/** A second process: it never saw the loop, so it knows only what the client brings. */
let stranger: Awaited<ReturnType<typeof startDemo>>;

beforeAll(async () => {
  simulator = await startSimulator({ paceMs: 0, script: nextTurn });
  const upstream = { upstream: 'bedrock', 'aws.endpoint': simulator.url, 'aws.region': simulator.region };
  program = await startDemo(upstream);
  stranger = await startDemo(upstream);
});
afterAll(async () => {
  await Promise.all([program.close(), stranger.close()]);
  await simulator.close();
});
beforeEach(() => {
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_ACCESS_KEY_ID', simulator.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', simulator.credentials.secretAccessKey);
});

const bodyOf = ({ body }: SimulatedRequest) => body as { messages: Turn[]; additionalModelRequestFields?: Block };

/** The blocks of the loop's n-th turn: each third one thinks again between two calls, and one in seven has no words. */
function blocksOf(n: number): Block[] {
  const thought = (text: string) => ({
    reasoningContent: { reasoningText: { text, signature: signatures.sign(text) } },
  });
  const call = (part: string) => ({ toolUse: { toolUseId: `tooluse_${n}${part}`, name: tool.name, input: { n } } });
  const first = [
    thought(n % 7 === 6 ? '' : `I think of step ${n}.`),
    ...(n % 7 === 5 ? [] : [{ text: `Step ${n}.` }]),
    call('a'),
  ];
  return n % 3 === 2 ? [...first, thought(`And again of ${n}.`), call('b')] : first;
}

function nextTurn(request: SimulatedRequest): readonly Step[] {
  const done = bodyOf(request).messages.filter(({ role }) => role === 'assistant').length;
  return [{ do: 'events', events: eventsOf(done < turnsWanted ? blocksOf(done) : [{ text: 'All done.' }]) }];
}

function eventsOf(blocks: readonly Block[]): StreamEvent[] {
  const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
  const stopReason = blocks.some((block) => 'toolUse' in block) ? 'tool_use' : 'end_turn';
  return [
    { messageStart: { role: 'assistant' } },
    ...blocks.flatMap((block, contentBlockIndex): StreamEvent[] => {
      const delta = (piece: unknown): StreamEvent => ({
        contentBlockDelta: { contentBlockIndex, delta: piece as Block },
      });
      const stop: StreamEvent = { contentBlockStop: { contentBlockIndex } };
      const { text, toolUse, reasoningContent } = block as {
        text?: string;
        toolUse?: { input: unknown };
        reasoningContent?: { reasoningText: { text: string; signature: string } };
      };
      if (reasoningContent) {
        const { reasoningText } = reasoningContent;
        return [
          delta({ reasoningContent: { text: reasoningText.text } }),
          delta({ reasoningContent: { signature: reasoningText.signature } }),
          stop,
        ];
      }
      if (!toolUse) return [delta({ text }), stop];
      const { input, ...start } = toolUse;
      return [
        { contentBlockStart: { contentBlockIndex, start: { toolUse: start } } },
        delta({ toolUse: { input: JSON.stringify(input) } }),
        stop,
      ];
    }),
    { messageStop: { stopReason } },
    { metadata: { usage, metrics: { latencyMs: 1 } } },
  ];
}

/** The assistant turns of the last request that reached the model, cache points aside. */
function lastHistory(): Block[][] {
  const last = simulator.requests.at(-1);
  if (!last) throw new Error('no request');
  return bodyOf(last).messages.flatMap(({ role, content }) =>
    role === 'assistant' ? [content.filter((block) => !('cachePoint' in block))] : [],
  );
}

const wholeHistory = (turns: number) => Array.from({ length: turns }, (_, n) => blocksOf(n));

const stillThinks = (request: SimulatedRequest | undefined) =>
  request !== undefined &&
  (bodyOf(request).additionalModelRequestFields?.['thinking'] as Block | undefined)?.['type'] !== 'disabled';

type Message = OpenAI.ChatCompletionMessageParam;

async function loop(
  model: string,
  stream: boolean,
  keep: (message: Message) => Message,
  extra: Record<string, string> = {},
): Promise<Message[]> {
  const openai = new OpenAI({ apiKey, baseURL: program.baseUrl, maxRetries: 0, defaultHeaders: extra });
  const messages: Message[] = [
    { role: 'user', content: `Look at all files (${model}, ${stream}, ${JSON.stringify(extra)}).` },
  ];
  for (let turn = 0; turn <= turnsWanted; turn++) {
    const asked = { model, messages, tools, reasoning_effort: 'medium' as const };
    const message = stream
      ? await streamed(openai, asked)
      : (await openai.chat.completions.create(asked)).choices[0]?.message;
    if (!message) throw new Error('no message');
    messages.push(keep(message as Message));
    const calls = (message as OpenAI.ChatCompletionMessage).tool_calls ?? [];
    if (calls.length === 0) return messages;
    for (const call of calls) messages.push({ role: 'tool', tool_call_id: call.id, content: `content ${turn}` });
  }
  throw new Error('the loop did not end');
}

type Delta = Record<string, unknown> & {
  tool_calls?: {
    index: number;
    id?: string;
    extra_content?: unknown;
    function: { name?: string; arguments: string };
  }[];
};

/** What a client of its own keeps of a stream: texts joined, lists joined, the last of everything else. */
async function streamed(openai: OpenAI, asked: OpenAI.ChatCompletionCreateParamsNonStreaming): Promise<Message> {
  const message: Record<string, unknown> = { role: 'assistant', content: '' };
  const calls: Record<string, unknown>[] = [];
  for await (const { choices } of await openai.chat.completions.create({ ...asked, stream: true })) {
    const { tool_calls = [], role: _, ...delta } = (choices[0]?.delta ?? {}) as Delta;
    for (const { index, function: part, ...rest } of tool_calls) {
      const call = calls[index] ?? { type: 'function', ...rest, function: { name: part.name, arguments: '' } };
      calls[index] = call;
      const { arguments: given, name } = call['function'] as { name: string; arguments: string };
      call['function'] = { name, arguments: given + part.arguments };
    }
    for (const [field, value] of Object.entries(delta)) {
      const before = message[field];
      const joins = field === 'content' || field === 'reasoning_content' || field === 'reasoning_text';
      if (Array.isArray(value)) message[field] = [...(Array.isArray(before) ? before : []), ...value];
      else message[field] = joins && typeof before === 'string' ? before + String(value) : value;
    }
  }
  return { ...message, ...(calls.length > 0 ? { tool_calls: calls } : {}) } as unknown as Message;
}

/** Only what the plain protocol has. */
function bare(message: Message): Message {
  const { role, content, tool_calls } = message as OpenAI.ChatCompletionAssistantMessageParam;
  const calls = tool_calls?.map((call) =>
    call.type === 'function' ? { id: call.id, type: call.type, function: call.function } : call,
  );
  return { role, content: content ?? null, ...(calls ? { tool_calls: calls } : {}) } as Message;
}

describe.each(models)('%s', (model) => {
  test.each([true, false])(
    'cases 55, 56, 57: 50 turns by a client that drops all reasoning (streamed: %s)',
    async (stream) => {
      turnsWanted = 50;
      const from = simulator.requests.length;
      const messages = await loop(model, stream, bare);
      expect(messages.at(-1)?.content).toBe('All done.');
      expect(lastHistory()).toEqual(wholeHistory(50));
      expect(simulator.requests.slice(from).every(stillThinks)).toBe(true);
    },
    60_000,
  );

  type Carrier = { name: string; fields?: string[]; calls?: boolean; headers?: Record<string, string> };
  const carriers: Carrier[] = [
    { name: 'thinking_blocks', fields: ['thinking_blocks'] },
    { name: 'reasoning_details', fields: ['reasoning_details'] },
    {
      name: "Copilot's fields",
      fields: ['reasoning_text', 'reasoning_opaque'],
      headers: { 'user-agent': 'GitHubCopilotChat/0.30' },
    },
    { name: 'extra_content', calls: true, headers: { 'user-agent': 'ai-sdk/openai-compatible/3.0.92' } },
  ];
  describe.each(carriers)(
    '$name brings all thinking back to a process that never saw it',
    ({ fields = [], calls, headers: more = {} }) => {
      test.each([true, false])('case 56: in its order (streamed: %s)', async (stream) => {
        turnsWanted = 6;
        const kept = (message: Message): Message => {
          const whole = message as unknown as Record<string, unknown>;
          const carried = Object.fromEntries(
            fields.flatMap((field) => (field in whole ? [[field, whole[field]]] : [])),
          );
          const plain = bare(message) as unknown as Record<string, unknown>;
          return {
            ...plain,
            ...carried,
            ...(calls && whole['tool_calls'] ? { tool_calls: whole['tool_calls'] } : {}),
          } as unknown as Message;
        };
        const messages = await loop(model, stream, kept, more);
        const elsewhere = new OpenAI({ apiKey, baseURL: stranger.baseUrl, maxRetries: 0 });
        const { choices } = await elsewhere.chat.completions.create({
          model,
          messages: messages.slice(0, -1),
          tools,
          reasoning_effort: 'medium',
        });
        expect(choices[0]?.message.content).toBe('All done.');
        expect(lastHistory()).toEqual(wholeHistory(6));
        expect(stillThinks(simulator.requests.at(-1))).toBe(true);
      });
    },
  );

  test.each([true, false])('the AI SDK itself keeps it with the calls (streamed: %s)', async (stream) => {
    turnsWanted = 6;
    const asked = (baseURL: string) => ({
      model: createOpenAICompatible({ name: 'local', baseURL, apiKey })(model),
      providerOptions: { local: { reasoningEffort: 'medium' } },
      tools: {
        look: aiTool({ description: tool.description, inputSchema: jsonSchema(tool.schema), execute: () => 'content' }),
      },
    });
    const first = { role: 'user' as const, content: `Look at all (ai, ${model}, ${stream}).` };
    const loop = { ...asked(program.baseUrl), messages: [first], stopWhen: stepCountIs(turnsWanted) };
    const result = stream ? streamText(loop) : await generateText(loop);
    const messages = await result.responseMessages;
    const { text } = await generateText({ ...asked(stranger.baseUrl), messages: [first, ...messages] });
    expect(text).toBe('All done.');
    expect(lastHistory()).toEqual(wholeHistory(6));
  });

  test('Responses brings it back in encrypted_content', async () => {
    turnsWanted = 6;
    const flat = {
      type: 'function' as const,
      name: tool.name,
      description: tool.description,
      parameters: tool.schema,
      strict: false,
    };
    const asked = (input: OpenAI.Responses.ResponseInputItem[]) => ({
      model,
      input,
      tools: [flat],
      reasoning: { effort: 'medium' as const },
      include: ['reasoning.encrypted_content' as const],
      store: false,
    });
    const openai = new OpenAI({ apiKey, baseURL: program.baseUrl, maxRetries: 0 });
    const input: OpenAI.Responses.ResponseInputItem[] = [
      { role: 'user', content: `Look at all (responses, ${model}).` },
    ];
    for (let turn = 0; turn < turnsWanted; turn++) {
      const { output } = await openai.responses.create(asked(input));
      for (const item of output) input.push(item as OpenAI.Responses.ResponseInputItem);
      for (const item of output)
        if (item.type === 'function_call')
          input.push({ type: 'function_call_output', call_id: item.call_id, output: 'content' });
    }
    const elsewhere = new OpenAI({ apiKey, baseURL: stranger.baseUrl, maxRetries: 0 });
    expect((await elsewhere.responses.create(asked(input))).output_text).toBe('All done.');
    expect(lastHistory()).toEqual(wholeHistory(6));
  });

  test('Messages brings it back in its own blocks', async () => {
    turnsWanted = 6;
    const anthropicTool = {
      name: tool.name,
      description: tool.description,
      input_schema: { ...tool.schema, type: 'object' as const },
    };
    const thinking = model.includes('4-5')
      ? { type: 'enabled' as const, budget_tokens: 2000 }
      : { type: 'adaptive' as const };
    const asked = (messages: Anthropic.MessageParam[]) => ({
      model,
      messages,
      tools: [anthropicTool],
      max_tokens: 8000,
      thinking,
    });
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content: `Look at all (messages, ${model}).` }];
    const at = (baseURL: string) => new Anthropic({ apiKey, baseURL, maxRetries: 0, logLevel: 'off' });
    for (let turn = 0; turn < turnsWanted; turn++) {
      const { content } = await at(program.url).messages.create(asked(messages));
      messages.push({ role: 'assistant', content });
      const results = content.flatMap((block) =>
        block.type === 'tool_use' ? [{ type: 'tool_result' as const, tool_use_id: block.id, content: 'content' }] : [],
      );
      messages.push({ role: 'user', content: results });
    }
    const { content } = await at(stranger.url).messages.create(asked(messages));
    expect(content).toMatchObject([{ type: 'text', text: 'All done.' }]);
    expect(lastHistory()).toEqual(wholeHistory(6));
  });
});
