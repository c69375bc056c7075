import { isObject } from '../base/json.ts';
import { invalid, type Refusal } from './refusal.ts';

const passedOn = ['thinking', 'output_config', 'anthropic_beta', 'top_k'] as const;
const known = new Set<string>([
  ...passedOn,
  'context_management',
  'anthropic_version',
  'max_tokens',
  'messages',
  'system',
  'temperature',
  'top_p',
  'stop_sequences',
  'tools',
  'tool_choice',
  'metadata',
]);

/** An InvokeModel body of Claude (`anthropic_version: "bedrock-2023-05-31"`) as the Converse request that means the same. */
export function converseOfAnthropic(body: unknown): Record<string, unknown> | Refusal {
  if (!isObject(body)) return invalid('Malformed input request, please reformat your input and try again.');
  if (body['anthropic_version'] !== 'bedrock-2023-05-31') return invalid('anthropic_version: Field required');
  if (typeof body['max_tokens'] !== 'number') return invalid('max_tokens: Field required');
  if (!Array.isArray(body['messages'])) return invalid('messages: Field required');
  if (!mayManageContext(body)) return invalid('context_management: Extra inputs are not permitted');
  const stranger = Object.keys(body).find((key) => !known.has(key));
  if (stranger !== undefined) return invalid(`${stranger}: Extra inputs are not permitted`);
  const strangerIn = strangerInMessages(body['messages']);
  if (strangerIn !== undefined) return invalid(`${strangerIn}: Extra inputs are not permitted`);
  return {
    messages: body['messages'].map(messageOf),
    ...(body['system'] === undefined ? {} : { system: contentOf(body['system']) }),
    inferenceConfig: dropUndefined({
      maxTokens: body['max_tokens'],
      temperature: body['temperature'],
      topP: body['top_p'],
      stopSequences: body['stop_sequences'],
    }),
    ...toolConfigOf(body),
    ...outputConfigOf(body['output_config']),
    additionalModelRequestFields: dropUndefined({
      ...Object.fromEntries(passedOn.map((key) => [key, body[key]])),
      tool_choice: parallelSwitchOf(body['tool_choice']),
    }),
  };
}

/** Compaction has a beta of its own, which the summaries in the history need too. */
function mayManageContext(body: Record<string, unknown>): boolean {
  const { context_management: management } = body;
  if (management === undefined) return true;
  const edits = isObject(management) && Array.isArray(management['edits']) ? management['edits'] : [];
  const types = edits.map((edit) => (isObject(edit) ? String(edit['type']) : ''));
  const compacts = types.filter((type) => type.startsWith('compact_'));
  return (
    (compacts.length === 0 || hasBeta(body, 'compact-2026-01-12')) &&
    (types.length > compacts.length || types.length === 0 ? hasBeta(body, 'context-management-2025-06-27') : true)
  );
}

/** An effort or an end inside the conversation needs a beta, which nothing here asks for (router-for-me/CLIProxyAPI#5738). */
function strangerInMessages(messages: readonly unknown[]): string | undefined {
  for (const [at, message] of messages.entries()) {
    const stranger = isObject(message) && Object.keys(message).find((key) => key !== 'role' && key !== 'content');
    if (stranger) return `messages.${at}.${stranger}`;
  }
  return undefined;
}

function hasBeta(body: Record<string, unknown>, beta: string): boolean {
  const betas = body['anthropic_beta'];
  return Array.isArray(betas) && betas.includes(beta);
}

function dropUndefined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function messageOf(message: unknown): unknown {
  return isObject(message) ? { role: message['role'], content: contentOf(message['content']) } : message;
}

function contentOf(content: unknown): unknown {
  if (typeof content === 'string') return [{ text: content }];
  return Array.isArray(content) ? content.flatMap((block) => [blockOf(block), ...cachePointAfter(block)]) : content;
}

function cachePointAfter(block: unknown): unknown[] {
  const control = isObject(block) ? block['cache_control'] : undefined;
  if (!isObject(control)) return [];
  return [{ cachePoint: dropUndefined({ type: 'default', ttl: control['ttl'] }) }];
}

function blockOf(block: unknown): unknown {
  if (!isObject(block)) return block;
  switch (block['type']) {
    case 'text':
      return { text: block['text'] };
    case 'image':
      return { image: imageOf(block['source']) };
    case 'document':
      return { document: documentOf(block) };
    case 'compaction':
      return { text: block['content'] };
    case 'thinking':
      return {
        reasoningContent: { reasoningText: dropUndefined({ text: block['thinking'], signature: block['signature'] }) },
      };
    case 'redacted_thinking':
      return { reasoningContent: { redactedContent: block['data'] } };
    case 'tool_use':
      return { toolUse: { toolUseId: block['id'], name: block['name'], input: block['input'] } };
    case 'tool_result':
      return { toolResult: toolResultOf(block) };
    case 'tool_reference':
      return { text: `The tool ${String(block['tool_name'])} is loaded.` };
    default:
      return { [String(block['type'])]: block };
  }
}

function imageOf(source: unknown): unknown {
  if (!isObject(source)) return source;
  return { format: String(source['media_type']).replace('image/', ''), source: { bytes: source['data'] } };
}

function documentOf(block: Record<string, unknown>): unknown {
  const source = isObject(block['source']) ? block['source'] : {};
  const plain = source['type'] === 'text';
  return {
    format: plain ? 'txt' : 'pdf',
    name: block['title'] ?? 'document',
    source: plain ? { text: source['data'] } : { bytes: source['data'] },
  };
}

function toolResultOf(block: Record<string, unknown>): unknown {
  const content = block['content'] === undefined ? [] : contentOf(block['content']);
  return { toolUseId: block['tool_use_id'], content, ...(block['is_error'] === true ? { status: 'error' } : {}) };
}

function toolConfigOf(body: Record<string, unknown>): Record<string, unknown> {
  const { tools, tool_choice: choice } = body;
  if (!Array.isArray(tools) || (isObject(choice) && choice['type'] === 'none')) return {};
  const specs = tools.flatMap((tool) => [
    isObject(tool)
      ? {
          toolSpec: dropUndefined({
            name: tool['name'],
            description: tool['description'],
            inputSchema: { json: tool['input_schema'] ?? datedSchema(tool['type']) },
            strict: tool['strict'],
          }),
        }
      : tool,
    ...cachePointAfter(tool),
  ]);
  return { toolConfig: { tools: specs, ...toolChoiceOf(choice) } };
}

function outputConfigOf(config: unknown): Record<string, unknown> {
  const format = isObject(config) ? config['format'] : undefined;
  if (!isObject(format) || format['type'] !== 'json_schema') return {};
  const jsonSchema = { name: 'output', schema: JSON.stringify(format['schema']) };
  return { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } };
}

/** The model knows its dated tools by heart; here a command is all that they take. */
function datedSchema(type: unknown): unknown {
  const isDated =
    typeof type === 'string' && /^(?:bash|text_editor|memory|computer|tool_search_tool_[a-z0-9]+)_\d{8}$/.test(type);
  return isDated ? { type: 'object', properties: { command: { type: 'string' } }, required: ['command'] } : undefined;
}

/** Beside a forced choice, which `toolConfig` holds, no more than the switch itself. */
function parallelSwitchOf(choice: unknown): unknown {
  if (!isObject(choice) || choice['disable_parallel_tool_use'] !== true) return undefined;
  return 'toolChoice' in toolChoiceOf(choice) ? { disable_parallel_tool_use: true } : choice;
}

function toolChoiceOf(choice: unknown): Record<string, unknown> {
  if (!isObject(choice)) return {};
  if (choice['type'] === 'any') return { toolChoice: { any: {} } };
  return choice['type'] === 'tool' ? { toolChoice: { tool: { name: choice['name'] } } } : {};
}
