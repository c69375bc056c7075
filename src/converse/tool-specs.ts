import { toolSchema } from './json-schema.ts';
import type { Note } from './notes.ts';
import type { ConverseRequest, Message, Tool, ToolConfig, ToolSpec } from './request.ts';
import { rewriteList } from './rewrite-list.ts';
import { isBlank } from './turns.ts';

const inertDescription = 'Was used earlier in this conversation and is not available now. Do not call it.';

/**
 * Makes `toolConfig` lawful: legal specs, unique names, no empty list. A history with tool calls needs a `toolConfig`
 * even when the client offers no tools ("The toolConfig field must be defined when using toolUse and toolResult
 * content blocks"): then the tools of the history are described as inert.
 */
export function checkToolConfig(request: ConverseRequest, noToolCalls: boolean, note: Note): ConverseRequest {
  const { toolConfig, ...rest } = request;
  const offered = noToolCalls ? undefined : lawfulConfig(toolConfig, note);
  if (offered) return offered === toolConfig ? request : { ...rest, toolConfig: offered };
  const used = usedTools(request.messages);
  if (used.length === 0) {
    if (toolConfig === undefined) return request;
    note(
      'tools left out',
      noToolCalls ? 'no tool may be called in this answer' : 'Converse refuses an empty list of tools',
    );
    return rest;
  }
  if (toolConfig && isInert(toolConfig, used)) return request;
  note('inert tools described', 'a history with tool calls needs tool descriptions');
  return { ...rest, toolConfig: { tools: used.map((name) => ({ toolSpec: inertSpec(name) })) } };
}

function lawfulConfig(config: ToolConfig | undefined, note: Note): ToolConfig | undefined {
  if (!config) return undefined;
  const names = new Set<string>();
  const tools = rewriteList(config.tools, (tool): Tool | undefined => {
    if (!('toolSpec' in tool)) return tool;
    if (names.has(tool.toolSpec.name)) {
      note('duplicate tool dropped', 'the name of a tool may stand once');
      return undefined;
    }
    names.add(tool.toolSpec.name);
    return lawfulTool(tool.toolSpec, tool, note);
  });
  if (!tools.some((tool) => !('cachePoint' in tool))) return undefined;
  const choice = config.toolChoice;
  if (choice && 'tool' in choice && !names.has(choice.tool.name)) {
    note('tool choice dropped', 'the chosen tool is not among the tools');
    return { tools };
  }
  return tools === config.tools ? config : { ...config, tools };
}

function lawfulTool(spec: ToolSpec, tool: Tool, note: Note): Tool {
  const json = toolSchema(spec.inputSchema.json);
  const blank = spec.description !== undefined && isBlank(spec.description);
  if (json === spec.inputSchema.json && !blank) return tool;
  if (json !== spec.inputSchema.json) note('tool schema adapted', 'Converse wants one plain object schema per tool');
  if (blank) note('blank tool description dropped', 'Converse refuses blank descriptions');
  const { description, ...rest } = spec;
  return {
    toolSpec: { ...rest, ...(description !== undefined && !blank && { description }), inputSchema: { json } },
  };
}

/** Names of the tools that the history calls, in the order of their first call. */
function usedTools(messages: readonly Message[]): string[] {
  const names = new Set<string>();
  for (const message of messages) {
    for (const block of message.content) if ('toolUse' in block) names.add(block.toolUse.name);
  }
  return [...names];
}

function inertSpec(name: string): ToolSpec {
  return { name, description: inertDescription, inputSchema: { json: { type: 'object' } } };
}

function isInert(config: ToolConfig, used: readonly string[]): boolean {
  return (
    config.toolChoice === undefined &&
    config.tools.length === used.length &&
    config.tools.every(
      (tool, at) =>
        'toolSpec' in tool && tool.toolSpec.name === used[at] && tool.toolSpec.description === inertDescription,
    )
  );
}
