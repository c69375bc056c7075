import { isObject } from '../../base/json.ts';
import { type BlockParam, type MessagesRequest, serverBlockTypes } from './schema.ts';

/**
 * What a Messages body can hold that Converse has no form for, and where it goes. `native`: Bedrock's InvokeModel takes
 * it for Claude. `refused`: only Anthropic's own servers do it. docs/clients/anthropic-messages.md shows this table.
 */
export type NativeFeature = {
  name: string;
  /** The member that shows it, as the docs spell it. */
  shown: string;
  lane: 'native' | 'refused';
  /** The beta that Bedrock wants for it. */
  beta?: string;
  found(request: MessagesRequest): boolean;
};

const hasTool =
  (type: RegExp) =>
  ({ tools }: MessagesRequest): boolean =>
    tools?.some((tool) => type.test(tool.type ?? '')) ?? false;

const hasToolMember =
  (member: string) =>
  ({ tools }: MessagesRequest): boolean =>
    tools?.some((tool) => tool[member] !== undefined && tool[member] !== null && tool[member] !== false) ?? false;

const hasBlock =
  (isIt: (block: BlockParam) => boolean) =>
  ({ messages }: MessagesRequest): boolean =>
    messages.some(({ content }) => typeof content !== 'string' && content.some(isIt));

/** Other tools of Anthropic's servers leave `server_tool_use` blocks too, and Bedrock takes none of those. */
const isToolSearch = (block: BlockParam): boolean =>
  block.type === 'tool_search_tool_result' ||
  (block.type === 'server_tool_use' && /^tool_search_tool_/.test(String(block['name'])));

/** What Anthropic's servers left in the history and Bedrock's do not know. */
const isForeign = (block: BlockParam): boolean =>
  serverBlockTypes.has(block.type) && block.type !== 'compaction' && !isToolSearch(block);

const isCompaction = (edit: unknown): boolean => isObject(edit) && /^compact_/.test(String(edit['type']));

function editsOf({ context_management: management }: MessagesRequest): unknown[] {
  return isObject(management) && Array.isArray(management['edits']) ? management['edits'] : [];
}

/** Sources: AWS user guide, "Anthropic Claude Messages API" (betas, tool use, context management, compaction), state of 2026-08. */
export const nativeFeatures: readonly NativeFeature[] = [
  { name: 'bash tool', shown: 'tools[].type bash_*', lane: 'native', found: hasTool(/^bash_\d/) },
  {
    name: 'text editor tool',
    shown: 'tools[].type text_editor_*',
    lane: 'native',
    found: hasTool(/^text_editor_\d/),
  },
  {
    name: 'memory tool',
    shown: 'tools[].type memory_*',
    lane: 'native',
    beta: 'context-management-2025-06-27',
    found: hasTool(/^memory_\d/),
  },
  {
    name: 'computer use (2025-01)',
    shown: 'tools[].type computer_20250124',
    lane: 'native',
    beta: 'computer-use-2025-01-24',
    found: hasTool(/^computer_20250124$/),
  },
  {
    name: 'computer use (2025-11)',
    shown: 'tools[].type computer_20251124',
    lane: 'native',
    beta: 'computer-use-2025-11-24',
    found: hasTool(/^computer_20251124$/),
  },
  {
    name: 'tool search',
    shown: 'tools[].type tool_search_tool_*, tools[].defer_loading',
    lane: 'native',
    beta: 'tool-search-tool-2025-10-19',
    found: (request) =>
      hasTool(/^tool_search_tool_/)(request) ||
      hasToolMember('defer_loading')(request) ||
      hasBlock(isToolSearch)(request),
  },
  {
    name: 'tool examples',
    shown: 'tools[].input_examples',
    lane: 'native',
    beta: 'tool-examples-2025-10-29',
    found: hasToolMember('input_examples'),
  },
  {
    name: 'context management',
    shown: 'context_management',
    lane: 'native',
    beta: 'context-management-2025-06-27',
    found: (request) =>
      isObject(request['context_management']) &&
      (editsOf(request).length === 0 || editsOf(request).some((edit) => !isCompaction(edit))),
  },
  {
    name: 'compaction',
    shown: 'context_management.edits[].type compact_*, compaction blocks',
    lane: 'native',
    beta: 'compact-2026-01-12',
    found: (request) => editsOf(request).some(isCompaction) || hasBlock(({ type }) => type === 'compaction')(request),
  },
  { name: 'web search', shown: 'tools[].type web_search_*', lane: 'refused', found: hasTool(/^web_search_/) },
  { name: 'web fetch', shown: 'tools[].type web_fetch_*', lane: 'refused', found: hasTool(/^web_fetch_/) },
  {
    name: 'code execution, skills',
    shown: 'tools[].type code_execution_*, container',
    lane: 'refused',
    found: (request) => hasTool(/^code_execution_/)(request) || isObject(request['container']),
  },
  {
    name: 'MCP connector',
    shown: 'mcp_servers, tools[].type mcp_toolset',
    lane: 'refused',
    found: (request) => Array.isArray(request['mcp_servers']) || hasTool(/^mcp_toolset$/)(request),
  },
  {
    name: 'blocks of Anthropic’s servers',
    shown: 'server_tool_use, web_search_tool_result, container_upload, …',
    lane: 'refused',
    found: hasBlock(isForeign),
  },
];
