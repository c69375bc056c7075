import { isObject } from '../base/json.ts';
import type { Answer } from './answer.ts';
import { answerTo } from './model.ts';
import { nameModel } from './model-id.ts';
import type { Stage } from './play.ts';
import { readConverse } from './read-converse.ts';
import { invalid, type Refusal } from './refusal.ts';
import type { Desk } from './serve.ts';

/** Ids that Bedrock's OpenAI-compatible endpoint serves and Converse does not. */
const served = /^(?:openai\.gpt-5\.[45]|google\.gemma-4-|xai\.grok-4\.3|deepseek\.v3\.1|zai\.glm-4\.6)/;

/** Its routes: makers whose models stand under `/openai/v1`, all others under `/v1`. */
const underOpenAi = /^(?:openai\.gpt-[56]|google\.|xai\.)/;

/** `POST …/chat/completions` of the OpenAI-compatible endpoint: the demo model as a stream of chunks. */
export async function serveMantle(path: string, body: unknown, stage: Stage, desk: Desk): Promise<void> {
  const asked = isObject(body) ? body : {};
  const model = String(asked['model'] ?? '');
  const answer = answerOf(path, model, asked, desk);
  const { response, requestId } = stage;
  if ('status' in answer) {
    response.writeHead(answer.status, { 'content-type': 'application/json', 'x-amzn-requestid': requestId });
    response.end(JSON.stringify({ error: { message: answer.message, type: 'invalid_request_error', code: null } }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-amzn-requestid': requestId });
  for (const chunk of chunksOf(answer, model)) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  response.end('data: [DONE]\n\n');
}

function answerOf(path: string, model: string, asked: Record<string, unknown>, desk: Desk): Answer | Refusal {
  if (!served.test(model)) return { status: 404, message: `The model '${model}' does not exist` };
  if (path.startsWith('/openai/') !== underOpenAi.test(model)) {
    return invalid(`The model '${model}' isn't supported on this route.`);
  }
  const read = readConverse(converseOf(asked));
  if ('status' in read) return read;
  // The ways of an open model that Converse serves: no quirks of its own.
  const named = nameModel('openai.gpt-oss-120b-1:0', desk.region, {});
  if ('status' in named) return named;
  const { memory, thoughts } = desk;
  const { family } = named;
  return answerTo({ body: read.body, family, streaming: true, thinks: false, thoughts, memory, modelId: model });
}

function converseOf(asked: Record<string, unknown>): Record<string, unknown> {
  const messages = Array.isArray(asked['messages']) ? asked['messages'].filter(isObject) : [];
  const tools = Array.isArray(asked['tools']) ? asked['tools'].filter(isObject) : [];
  const specs = tools.map((tool) => {
    const spec = isObject(tool['function']) ? tool['function'] : {};
    return { toolSpec: { name: spec['name'], inputSchema: { json: spec['parameters'] } } };
  });
  return {
    messages: messages.filter(({ role }) => role !== 'system').map(turnOf),
    inferenceConfig: { maxTokens: Number(asked['max_completion_tokens'] ?? 4096) },
    ...(specs.length > 0 ? { toolConfig: { tools: specs } } : {}),
  };
}

function turnOf(message: Record<string, unknown>): Record<string, unknown> {
  const { role, content, tool_calls: calls, tool_call_id: id } = message;
  if (role === 'tool')
    return { role: 'user', content: [{ toolResult: { toolUseId: id, content: [{ text: content }] } }] };
  const parts = Array.isArray(content)
    ? content.filter(isObject).map((part) => ({ text: String(part['text'] ?? '[image]') }))
    : [];
  const said = typeof content === 'string' && content !== '' ? [{ text: content }] : parts;
  const uses = (Array.isArray(calls) ? calls.filter(isObject) : []).map((call) => {
    const detail = isObject(call['function']) ? call['function'] : {};
    return { toolUse: { toolUseId: call['id'], name: detail['name'], input: JSON.parse(String(detail['arguments'])) } };
  });
  return { role, content: [...said, ...uses] };
}

/** Call ids are a counter that starts anew in every answer, as the service's own. */
function chunksOf({ blocks, stopReason, usage }: Answer, model: string): Record<string, unknown>[] {
  const chunk = (delta: Record<string, unknown>, finish: string | null = null) => ({
    id: 'chatcmpl-demo',
    object: 'chat.completion.chunk',
    model,
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  let calls = 0;
  const deltas = blocks.flatMap((block): Record<string, unknown>[] => {
    if (block.kind === 'redacted') return [];
    if (block.kind !== 'call') {
      const name = block.kind === 'thought' ? 'reasoning' : 'content';
      return block.pieces.map((text) => chunk({ [name]: text }));
    }
    const index = calls++;
    const piece = (detail: Record<string, unknown>) => chunk({ tool_calls: [{ index, ...detail }] });
    return [
      piece({ id: `call_${index}`, type: 'function', function: { name: block.name, arguments: '' } }),
      ...block.pieces.map((text) => piece({ function: { arguments: text } })),
    ];
  });
  const finish = { tool_use: 'tool_calls', max_tokens: 'length' }[stopReason] ?? 'stop';
  const { inputTokens, outputTokens, totalTokens } = usage;
  return [
    chunk({ role: 'assistant', content: '' }),
    ...deltas,
    chunk({}, finish),
    {
      id: 'chatcmpl-demo',
      object: 'chat.completion.chunk',
      model,
      choices: [],
      usage: { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: totalTokens },
    },
  ];
}
