import type { JsonObject } from '../../base/json.ts';
import type { ModelOptions } from '../../converse/options.ts';
import type { Tool, ToolChoice, ToolConfig } from '../../converse/request.ts';
import type { Adaptations } from '../adaptations.ts';
import { invalid, unsupported } from '../refuse.ts';
import { inputSchema } from '../tool-schema.ts';
import { cachePoint } from './blocks.ts';
import { describedTool } from './described-tools.ts';
import type { MessagesRequest, ToolParam } from './schema.ts';

/** Members of a tool that only Anthropic's own service acts on. */
const serviceOnly = ['eager_input_streaming', 'defer_loading', 'allowed_callers', 'input_examples'] as const;

/** `toolConfig` for the request's tools and its choice; undefined when there are no tools. */
export function toolConfig(
  tools: MessagesRequest['tools'],
  choice: MessagesRequest['tool_choice'],
  adapt: Adaptations,
): ToolConfig | undefined {
  demandOffered(choice, tools ?? []);
  if (!tools?.length) return undefined;
  const converse = tools.flatMap((tool, at) => converseTool(tool, `tools[${at}]`, adapt));
  const toolChoice = converseChoice(choice);
  return toolChoice ? { tools: converse, toolChoice } : { tools: converse };
}

/** `tool_choice` wishes for which Converse has no member. */
export function choiceOptions(choice: MessagesRequest['tool_choice']): ModelOptions {
  if (!choice) return {};
  if (choice.type === 'none') return { noToolCalls: true };
  const { disable_parallel_tool_use: single } = choice;
  return typeof single === 'boolean' ? { parallelToolCalls: !single } : {};
}

/** A demand for a call needs a tool that can be called. */
function demandOffered(choice: MessagesRequest['tool_choice'], tools: readonly ToolParam[]): void {
  if (choice?.type === 'any' && tools.length === 0) {
    throw invalid('tool_choice', 'tool_choice: a call is demanded, but there are no tools.');
  }
  if (choice?.type !== 'tool') return;
  const names = tools.map((tool) => tool.name ?? describedTool(tool.type ?? '')?.name);
  if (names.includes(choice.name)) return;
  throw invalid('tool_choice.name', 'tool_choice.name: the tool is not among the tools of the request.');
}

/** `auto` is what the service does anyway, and some models refuse the word. */
function converseChoice(choice: MessagesRequest['tool_choice']): ToolChoice | undefined {
  if (choice?.type === 'any') return { any: {} };
  if (choice?.type === 'tool') return { tool: { name: choice.name } };
  return undefined;
}

function converseTool(tool: ToolParam, param: string, adapt: Adaptations): Tool[] {
  const isCustom = !tool.type || tool.type === 'custom';
  const { name, description, schema } = isCustom ? customTool(tool, param) : datedTool(tool, param, adapt);
  for (const member of serviceOnly) {
    if (member in tool) adapt.changed(`tools: ${member} dropped`, 'Only Anthropic’s own service acts on it.');
  }
  return [
    {
      toolSpec: {
        name,
        ...(description ? { description } : {}),
        inputSchema: { json: schema },
        ...(tool.strict ? { strict: true } : {}),
      },
    },
    ...cachePoint(tool.cache_control, adapt),
  ];
}

type Described = { name: string; description?: string | null | undefined; schema: JsonObject };

function customTool(tool: ToolParam, param: string): Described {
  if (tool.name === undefined) throw invalid(`${param}.name`, `${param}.name: Field required`);
  if (!tool.input_schema) throw invalid(`${param}.input_schema`, `${param}.input_schema: Field required`);
  return { name: tool.name, description: tool.description, schema: inputSchema(tool.input_schema) };
}

/** A dated tool (`bash_20250124`): those that the client runs are described in full; any other is refused by name. */
function datedTool(tool: ToolParam, param: string, adapt: Adaptations): Described {
  const described = describedTool(tool.type ?? '');
  if (!described) {
    throw unsupported(
      param,
      `The tool type '${tool.type}' is of Anthropic's own service; this model does not have it on Bedrock.`,
      'take the tool out of the request, or describe it as an ordinary tool with an input_schema',
    );
  }
  adapt.changed(
    `tools: ${described.name} described in full`,
    'Bedrock does not know Anthropic’s dated tools; the model sees an ordinary tool.',
  );
  return { ...described, name: tool.name ?? described.name };
}
