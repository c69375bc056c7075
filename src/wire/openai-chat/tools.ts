import type { Change } from '../../converse/changes.ts';
import { report } from '../../converse/notes.ts';
import type { ModelOptions } from '../../converse/options.ts';
import type { Tool, ToolChoice, ToolConfig } from '../../converse/request.ts';
import { customToolDescription, customToolSchema } from '../custom-tool.ts';
import { invalid, unsupported } from '../refuse.ts';
import { inputSchema } from '../tool-schema.ts';
import { cachePointAfter } from './parts.ts';
import type { ChatRequest, ChatTool } from './schema.ts';

type Body = Pick<ChatTool, 'name' | 'description' | 'parameters' | 'strict' | 'format'>;

type Declared = {
  /** How the answer's calls are to look: JSON arguments, or a custom tool's raw text (nested: OpenAI's own spelling). */
  kind: 'function' | 'custom' | 'custom-nested';
  name: string;
  blocks: Tool[];
};

/** The names of custom tools, whose calls go back as raw text, and whether they were declared in OpenAI's nested form. */
export function customTools(request: ChatRequest): ReadonlyMap<string, 'flat' | 'nested'> {
  const names = new Map<string, 'flat' | 'nested'>();
  for (const tool of request.tools ?? []) {
    const kind = kindOf(tool);
    const name = (tool.custom ?? tool).name;
    if (name && kind === 'custom-nested') names.set(name, 'nested');
    else if (name && kind === 'custom') names.set(name, 'flat');
  }
  return names;
}

/** Whether the request speaks of `functions` only, so that its answer must too. */
export function isLegacy(request: ChatRequest): boolean {
  return (request.functions?.length ?? 0) > 0 && (request.tools?.length ?? 0) === 0;
}

export type ToolWishes = { toolConfig?: ToolConfig } & Pick<ModelOptions, 'noToolCalls' | 'parallelToolCalls'>;

/** Tools and the choice among them, from any of the shapes that clients send (cases 4, 29, 35, 37). */
export function toolWishes(request: ChatRequest, changes: Change[]): ToolWishes {
  const declared = [
    ...(request.tools ?? []).flatMap((tool, index) => declare(tool, `tools[${index}]`, changes)),
    ...(request.functions ?? []).flatMap((body, index) => fromFunction(body, [], `functions[${index}]`, changes)),
  ];
  const choice = readChoice(request);
  const { mode } = choice;
  const offered = choice.allowed ? declared.filter(({ name }) => choice.allowed?.has(name)) : declared;
  const wishes: ToolWishes = {};
  if (mode === 'none') wishes.noToolCalls = true;
  if (request.parallel_tool_calls === false || choice.single || isLegacy(request)) wishes.parallelToolCalls = false;
  else if (request.parallel_tool_calls === true) wishes.parallelToolCalls = true;
  if (typeof mode === 'object' && !offered.some(({ name }) => name === mode.tool.name)) {
    throw invalid(choice.param, `'${choice.param}' names a tool that is not among the tools of the request.`);
  }
  if (offered.length === 0) {
    if (mode === 'any') throw invalid(choice.param, `'${choice.param}' demands a call, but there are no tools.`);
    return wishes;
  }
  const toolChoice = converseChoice(mode);
  wishes.toolConfig = { tools: offered.flatMap(({ blocks }) => blocks), ...(toolChoice ? { toolChoice } : {}) };
  return wishes;
}

function kindOf(tool: ChatTool): Declared['kind'] | 'server' {
  if (tool.function) return 'function';
  if (tool.custom) return 'custom-nested';
  const hasSchema = (tool.input_schema ?? tool.parameters ?? null) !== null;
  switch (tool.type ?? '') {
    case '':
    case 'function':
      return 'function';
    case 'custom':
      return hasSchema ? 'function' : 'custom';
    default:
      return 'server';
  }
}

function declare(tool: ChatTool, at: string, changes: Change[]): Declared[] {
  const kind = kindOf(tool);
  const points = cachePointAfter(tool);
  if (kind === 'server') {
    throw unsupported(
      `${at}.type`,
      `The tool type '${tool.type}' runs on its maker's servers, and Bedrock has no such tool. Send it as a function that your program runs, or leave it out.`,
    );
  }
  if (kind === 'function') {
    const body = tool.function ?? { ...tool, parameters: tool.input_schema ?? tool.parameters };
    return fromFunction(body, points, at, changes);
  }
  const body = tool.custom ?? tool;
  const name = nameOf(body, changes);
  if (!name) return [];
  const format = body.format?.grammar ?? body.format ?? undefined;
  const description = customToolDescription(body.description ?? undefined, {
    syntax: format?.syntax ?? undefined,
    definition: format?.definition ?? undefined,
  });
  if (format?.definition) {
    report(changes, {
      what: 'grammar described, not enforced',
      why: 'Bedrock does not constrain an answer by a grammar.',
    });
  }
  return [{ kind, name, blocks: [spec(name, description, customToolSchema), ...points] }];
}

function fromFunction(body: Body, points: Tool[], at: string, changes: Change[]): Declared[] {
  const name = nameOf(body, changes);
  if (!name) return [];
  const { parameters } = body;
  if (parameters !== null && parameters !== undefined && typeof parameters !== 'object') {
    throw invalid(`${at}.parameters`, `'${at}.parameters' must be a JSON Schema object.`);
  }
  const tool = spec(name, body.description ?? '', inputSchema(parameters), body.strict === true);
  return [{ kind: 'function', name, blocks: [tool, ...points] }];
}

/** A tool without a name can never be called; clients send them by mistake, and the service would refuse the request. */
function nameOf(body: Body, changes: Change[]): string | undefined {
  if (body.name) return body.name;
  report(changes, { what: 'nameless tool dropped', why: 'A tool without a name cannot be called.' });
  return undefined;
}

function spec(name: string, description: string, json: ReturnType<typeof inputSchema>, strict = false): Tool {
  return {
    toolSpec: {
      name,
      ...(description.trim() === '' ? {} : { description }),
      inputSchema: { json },
      ...(strict ? { strict } : {}),
    },
  };
}

type Mode = 'auto' | 'none' | 'any' | { tool: { name: string } };
type Choice = { mode: Mode; param: string; allowed?: ReadonlySet<string>; single?: boolean };

/** `tool_choice` and the older `function_call`, nested, flat or Anthropic's. */
function readChoice(request: ChatRequest): Choice {
  const param = request.tool_choice ? 'tool_choice' : 'function_call';
  const wish = request.tool_choice ?? (isLegacy(request) ? request.function_call : undefined) ?? 'auto';
  if (typeof wish === 'string') return { mode: modeOf(wish, param), param };
  if (!('type' in wish) && 'name' in wish && typeof wish.name === 'string') {
    return { mode: { tool: { name: wish.name } }, param };
  }
  return readChoiceObject(wish, param);
}

function readChoiceObject(wish: Exclude<ChatRequest['tool_choice'], string | null | undefined>, param: string): Choice {
  const single = wish.disable_parallel_tool_use === true ? { single: true } : {};
  const type = wish.type ?? '';
  if (type === 'allowed_tools') {
    const { mode, tools } = wish.allowed_tools ?? wish;
    const names = (tools ?? []).map((tool) => (tool.function ?? tool.custom ?? tool).name ?? '');
    return { mode: modeOf(mode ?? 'auto', `${param}.mode`), param, allowed: new Set(names) };
  }
  if (['function', 'custom', 'tool', ''].includes(type)) {
    const name = (wish.function ?? wish.custom ?? wish).name;
    if (!name) throw invalid(param, `'${param}' must name the tool: {"type":"function","function":{"name":"…"}}.`);
    return { mode: { tool: { name } }, param, ...single };
  }
  return { mode: modeOf(type, param), param, ...single };
}

function modeOf(word: string, param: string): Mode {
  switch (word) {
    case 'auto':
    case 'none':
    case 'any':
      return word;
    case 'required':
      return 'any';
    default:
      throw invalid(param, `'${param}' must be "none", "auto", "required" or an object that names a tool.`);
  }
}

function converseChoice(mode: Mode): ToolChoice | undefined {
  if (typeof mode === 'object') return mode;
  return mode === 'any' ? { any: {} } : undefined;
}
