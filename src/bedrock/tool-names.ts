import type { Message, Tool, ToolChoice } from '../converse/request.ts';
import { rewriteList } from '../converse/rewrite-list.ts';
import { stableHash } from '../converse/stable-hash.ts';
import type { Draft } from './draft.ts';

const legal = { plain: /^[a-zA-Z0-9_-]{1,64}$/, hyphenless: /^[a-zA-Z0-9_]{1,64}$/ } as const;

/**
 * Gives tools whose names the model refuses an alias, in specs, choice and history alike, and keeps the way back
 * (cases 18, 19). The alias depends on the name alone, so it is the same on every turn and in every process.
 */
export function aliasToolNames(draft: Draft): void {
  const pattern = legal[draft.row.toolNames];
  const aliasOf = (name: string): string => {
    if (pattern.test(name)) return name;
    const alias = toolAlias(name, draft.row.toolNames);
    draft.toolNames.set(alias, name);
    draft.note('tool names aliased', 'the model takes fewer characters in names; answers carry the real ones');
    return alias;
  };
  const { request } = draft;
  const messages = rewriteList(request.messages, (message) => renameCalls(message, aliasOf));
  const { toolConfig } = request;
  const tools = toolConfig && rewriteList(toolConfig.tools, (tool) => renameTool(tool, aliasOf));
  const choice = toolConfig?.toolChoice && renameChoice(toolConfig.toolChoice, aliasOf);
  if (messages !== request.messages) draft.request = { ...draft.request, messages };
  if (toolConfig && tools && (tools !== toolConfig.tools || choice !== toolConfig.toolChoice)) {
    draft.request = { ...draft.request, toolConfig: { ...toolConfig, tools, ...(choice && { toolChoice: choice }) } };
  }
}

/** A readable beginning of the name and a hash of all of it: names that differ only at the end stay apart. */
function toolAlias(name: string, kind: 'plain' | 'hyphenless'): string {
  const allowed = kind === 'hyphenless' ? /[^a-zA-Z0-9_]+/g : /[^a-zA-Z0-9_-]+/g;
  const slug = name.replace(allowed, '_').slice(0, 54) || 'tool';
  return `${slug}_${stableHash(name, 8)}`;
}

function renameCalls(message: Message, aliasOf: (name: string) => string): Message {
  if (message.role !== 'assistant') return message;
  const content = rewriteList(message.content, (block) => {
    if (!('toolUse' in block)) return block;
    const name = aliasOf(block.toolUse.name);
    return name === block.toolUse.name ? block : { toolUse: { ...block.toolUse, name } };
  });
  return content === message.content ? message : { role: message.role, content };
}

function renameTool(tool: Tool, aliasOf: (name: string) => string): Tool {
  if (!('toolSpec' in tool)) return tool;
  const name = aliasOf(tool.toolSpec.name);
  return name === tool.toolSpec.name ? tool : { toolSpec: { ...tool.toolSpec, name } };
}

function renameChoice(choice: ToolChoice, aliasOf: (name: string) => string): ToolChoice {
  if (!('tool' in choice)) return choice;
  const name = aliasOf(choice.tool.name);
  return name === choice.tool.name ? choice : { tool: { name } };
}

/** Hashes tool ids to the nine characters that some families demand; a cut-off id would repeat (case 22). */
export function shortenToolIds(draft: Draft): void {
  if (draft.row.toolIds !== 'nine') return;
  const shortened = (id: string): string => (/^[a-zA-Z0-9]{9}$/.test(id) ? id : stableHash(id, 9));
  const messages = rewriteList(draft.request.messages, (message) => {
    const content = rewriteList(message.content, (block) => {
      if ('toolUse' in block) {
        const toolUseId = shortened(block.toolUse.toolUseId);
        return toolUseId === block.toolUse.toolUseId ? block : { toolUse: { ...block.toolUse, toolUseId } };
      }
      if (!('toolResult' in block)) return block;
      const toolUseId = shortened(block.toolResult.toolUseId);
      return toolUseId === block.toolResult.toolUseId ? block : { toolResult: { ...block.toolResult, toolUseId } };
    });
    return content === message.content ? message : { role: message.role, content };
  });
  if (messages === draft.request.messages) return;
  draft.note('tool ids shortened', 'the model takes ids of exactly nine characters');
  draft.request = { ...draft.request, messages };
}
