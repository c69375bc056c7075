import type { ModelOptions } from '../../converse/options.ts';
import type { Tool, ToolChoice, ToolConfig } from '../../converse/request.ts';
import type { Adaptations } from '../adaptations.ts';
import { customToolDescription, customToolSchema } from '../custom-tool.ts';
import { invalid, unsupported } from '../refuse.ts';
import { inputSchema } from '../tool-schema.ts';
import type { ResponsesRequest } from './schema.ts';
import { type BoxedTool, modelName, type Toolbox } from './toolbox.ts';

type ToolWishes = { toolConfig?: ToolConfig } & Pick<ModelOptions, 'noToolCalls' | 'parallelToolCalls'>;

/** Tools and the choice among them. Hosted tools are left out and reported, because agents offer them by default. */
export function toolWishes(request: ResponsesRequest, box: Toolbox, adapt: Adaptations): ToolWishes {
  for (const { type, param } of box.hosted) {
    const name = /^[a-z_0-9]{1,40}$/.test(type) ? type : 'of an unknown type';
    adapt.dropped(
      param,
      `tool ${name} dropped`,
      'It is a tool of OpenAI’s own models or servers, and Bedrock has no such tool.',
    );
  }
  const choice = readChoice(request.tool_choice);
  const offered = [...box.callable].filter(([name]) => choice.allowed?.has(name) ?? true);
  const wishes: ToolWishes = {};
  if (choice.mode === 'none') wishes.noToolCalls = true;
  if (typeof request.parallel_tool_calls === 'boolean') wishes.parallelToolCalls = request.parallel_tool_calls;
  demandOffered(choice, offered);
  if (offered.length === 0) return wishes;
  const toolChoice = converseChoice(choice.mode);
  const tools = offered.map(([name, tool]) => converseTool(name, tool, adapt));
  return { ...wishes, toolConfig: toolChoice ? { tools, toolChoice } : { tools } };
}

function converseTool(name: string, { kind, tool }: BoxedTool, adapt: Adaptations): Tool {
  if (kind === 'custom') {
    const { syntax, definition } = tool.format ?? {};
    if (definition) {
      adapt.changed('grammar described, not enforced', 'Bedrock does not constrain an answer by a grammar.');
    }
    const format = { syntax: syntax ?? undefined, definition: definition ?? undefined };
    const description = customToolDescription(tool.description ?? undefined, format);
    return { toolSpec: { name, ...described(description), inputSchema: { json: customToolSchema } } };
  }
  return {
    toolSpec: {
      name,
      ...described(tool.description ?? ''),
      inputSchema: { json: inputSchema(tool.parameters) },
      ...(tool.strict === true ? { strict: true } : {}),
    },
  };
}

/** The service refuses an empty description (case 28). */
const described = (description: string): { description?: string } => (description.trim() === '' ? {} : { description });

type Choice = { mode: 'auto' | 'none' | 'any' | { tool: { name: string } }; allowed?: ReadonlySet<string> };

function readChoice(wish: ResponsesRequest['tool_choice']): Choice {
  if (!wish) return { mode: 'auto' };
  if (typeof wish === 'string') return { mode: wish === 'required' ? 'any' : wish };
  switch (wish.type) {
    case 'function':
    case 'custom':
      if (!wish.name) throw invalid('tool_choice.name', "'tool_choice.name' is missing; it must name the tool.");
      return { mode: { tool: { name: modelName(wish.name, wish.namespace) } } };
    case 'allowed_tools': {
      const names = (wish.tools ?? []).map(({ name, namespace }) => modelName(name ?? '', namespace));
      return { mode: wish.mode === 'required' ? 'any' : 'auto', allowed: new Set(names) };
    }
    default:
      throw unsupported(
        'tool_choice',
        `'tool_choice' demands '${wish.type}', a tool of OpenAI's own models or servers; Bedrock has no such tool. Describe it as a function.`,
      );
  }
}

function demandOffered({ mode }: Choice, offered: readonly (readonly [string, BoxedTool])[]): void {
  if (mode === 'any' && offered.length === 0) {
    throw invalid('tool_choice', "'tool_choice' demands a call, but there are no tools to call.");
  }
  if (typeof mode === 'object' && !offered.some(([name]) => name === mode.tool.name)) {
    throw invalid('tool_choice', "'tool_choice' names a tool that is not among the tools of the request.");
  }
}

/** `auto` is what the service does anyway, and some models refuse the word. */
function converseChoice(mode: Choice['mode']): ToolChoice | undefined {
  if (typeof mode === 'object') return mode;
  return mode === 'any' ? { any: {} } : undefined;
}
