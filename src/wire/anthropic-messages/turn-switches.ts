import type { Adaptations } from '../adaptations.ts';
import type { BlockParam, CountRequest, MessageParam, ToolParam } from './schema.ts';

/**
 * The request with what its turns switch on the way (effort, tools) said once for the whole of it. Bedrock refuses such
 * members without a beta of which Claude Code sends another name than Bedrock knows ("messages.4.output_config: Extra
 * inputs are not permitted", router-for-me/CLIProxyAPI#5738). A request without any comes back as the same object.
 */
export function withoutTurnSwitches<Request extends CountRequest>(request: Request, adapt: Adaptations): Request {
  if (!request.messages.some(hasSwitch)) return request;
  const { messages } = request;
  if (messages.some(({ clear_at }) => clear_at !== undefined))
    adapt.changed('clear_at dropped', 'The message stays in the conversation.');
  return {
    ...request,
    ...settledEffort(request, adapt),
    ...settledTools(request, adapt),
    messages: messages.map(plainTurn).filter(({ content }) => content.length > 0),
  };
}

type ToolChange = Extract<BlockParam, { type: 'tool_addition' | 'tool_removal' }>;

const isToolChange = (block: BlockParam): block is ToolChange =>
  block.type === 'tool_addition' || block.type === 'tool_removal';

const hasSwitch = (message: MessageParam): boolean =>
  'output_config' in message || 'clear_at' in message || toolChangesOf(message).length > 0;

const toolChangesOf = ({ content }: MessageParam): ToolChange[] =>
  typeof content === 'string' ? [] : content.filter(isToolChange);

/** The newest turn that names an effort wins; it is told where the request itself asks for another one. */
function settledEffort({ messages, output_config: own }: CountRequest, adapt: Adaptations): Partial<CountRequest> {
  const effort = messages.findLast((message) => message.output_config?.effort)?.output_config?.effort;
  if (!effort || effort === own?.effort) return {};
  adapt.changed('effort of a message applied to the whole request', 'Bedrock takes one effort for a request.');
  return { output_config: { ...own, effort } };
}

/** The tools as the last change leaves them; those that were added are no longer deferred. */
function settledTools({ messages, tools }: CountRequest, adapt: Adaptations): Partial<CountRequest> {
  const changes = messages.flatMap(toolChangesOf);
  if (changes.length === 0) return {};
  adapt.changed('tool changes applied to the whole request', 'Bedrock takes one list of tools for a request.');
  const known = new Map<string, ToolParam>();
  for (const tool of tools ?? []) known.set(tool.name ?? '', tool);
  const offered = new Map(known);
  for (const change of changes) {
    const { definition } = change.tool;
    const name = toolName(change);
    if (definition) known.set(name, definition);
    const tool = known.get(name);
    if (change.type === 'tool_removal') offered.delete(name);
    else if (tool) offered.set(name, loaded(tool));
  }
  return { tools: [...offered.values()] };
}

function loaded({ defer_loading: _, ...tool }: ToolParam): ToolParam {
  return tool;
}

const toolName = ({ tool }: ToolChange): string => tool.name ?? tool.definition?.name ?? '';

function plainTurn(message: MessageParam): MessageParam {
  if (!hasSwitch(message)) return message;
  const { output_config: _, clear_at: __, ...kept } = message;
  const { content } = kept;
  return typeof content === 'string' ? kept : { ...kept, content: content.map(saidBlock) };
}

/** The model reads in its place what has changed. */
function saidBlock(block: BlockParam): BlockParam {
  if (!isToolChange(block)) return block;
  const now = block.type === 'tool_addition' ? 'is available' : 'is no longer available';
  return { type: 'text', text: `The tool ${toolName(block)} ${now}.` };
}
