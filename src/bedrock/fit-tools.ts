import type { ContentBlock, Message, Tool, ToolChoice } from '../converse/request.ts';
import { rewriteList } from '../converse/rewrite-list.ts';
import type { Draft } from './draft.ts';
import { strictSchema } from './strict-schema.ts';

/** A model without tools reads the history's calls and results as text, and is offered none. */
export function fitTools(draft: Draft): void {
  if (draft.row.tools) return;
  const { toolConfig, ...rest } = draft.request;
  if (!toolConfig) return;
  draft.note('tools left out', 'the model cannot call tools');
  draft.request = { ...rest, messages: tellTools(rest.messages) };
}

/** A history with its tool calls and results told as text. */
export function tellTools(messages: Message[]): Message[] {
  return rewriteList(messages, (message) => {
    const content = rewriteList(message.content, told);
    return content === message.content ? message : { role: message.role, content };
  });
}

function told(block: ContentBlock): ContentBlock | ContentBlock[] {
  if ('toolUse' in block) {
    return { text: `[called ${block.toolUse.name} with ${JSON.stringify(block.toolUse.input)}]` };
  }
  if (!('toolResult' in block)) return block;
  return block.toolResult.content.map((item): ContentBlock => {
    if ('text' in item) return { text: `[result] ${item.text}` };
    return 'json' in item ? { text: `[result] ${JSON.stringify(item.json)}` } : item;
  });
}

/** Takes the choice down to what the model knows, and lets it or the thinking give way where both cannot be (cases 30, 31). */
export function fitToolChoice(draft: Draft): void {
  const { toolConfig } = draft.request;
  if (!toolConfig?.toolChoice) return;
  const choice = knownChoice(draft, toolConfig.toolChoice, toolConfig.tools);
  const kept = choice && survivesThinking(draft) ? choice : undefined;
  if (kept === toolConfig.toolChoice) return;
  const { toolChoice: _, ...rest } = toolConfig;
  draft.request = { ...draft.request, toolConfig: kept ? { ...rest, toolChoice: kept } : rest };
}

/** `auto` is what a model does anyway, and some refuse the word. */
function knownChoice(draft: Draft, choice: ToolChoice, tools: readonly Tool[]): ToolChoice | undefined {
  if ('auto' in choice) return undefined;
  const known = draft.row.toolChoice;
  if ('tool' in choice ? known.includes('tool') : known.includes('any')) return choice;
  if ('tool' in choice && known.includes('any')) {
    if (tools.length > 1) draft.note('tool choice widened', 'the model can be told to call some tool, not which');
    return { any: {} };
  }
  draft.note('tool choice dropped', 'the model chooses for itself');
  return undefined;
}

function survivesThinking(draft: Draft): boolean {
  const { row } = draft;
  if (!draft.thinking || row.reasoning === false || row.reasoning.forcedToolChoice) return true;
  if (
    draft.settings.forcedChoiceYields === 'thinking' &&
    row.reasoning.field === 'thinking' &&
    !row.reasoning.defaultOn
  ) {
    delete draft.fields.thinking;
    draft.thinking = false;
    draft.note('thinking dropped', 'the model cannot think when a tool call is forced');
    return true;
  }
  draft.note('tool choice dropped', 'the model cannot be forced to call a tool while it thinks');
  return false;
}

/** At most 20 strict tools are compiled into one grammar. */
const maxStrict = 20;

/** Leaves `strict` out where it is "Extra inputs" (case 36), and closes the schemas of those that stay strict. */
export function fitStrict(draft: Draft): void {
  const { toolConfig } = draft.request;
  if (!toolConfig) return;
  let strictTools = 0;
  const tools = rewriteList(toolConfig.tools, (tool) => {
    if (!('toolSpec' in tool) || tool.toolSpec.strict === undefined) return tool;
    const { strict, ...spec } = tool.toolSpec;
    if (!strict) return { toolSpec: spec };
    if (!draft.row.strictTools || ++strictTools > maxStrict) {
      draft.note('strict tool relaxed', 'the model does not enforce tool schemas');
      return { toolSpec: spec };
    }
    const json = strictSchema(spec.inputSchema.json);
    if (JSON.stringify(json) === JSON.stringify(spec.inputSchema.json)) return tool;
    draft.note('schema adapted', 'keywords that the model cannot enforce moved to descriptions');
    return { toolSpec: { ...tool.toolSpec, inputSchema: { json } } };
  });
  if (tools !== toolConfig.tools) draft.request = { ...draft.request, toolConfig: { ...toolConfig, tools } };
}

/**
 * Leaves of a schema's top what the model takes there: "#/toolConfig/tools/2/toolSpec/inputSchema/json: extraneous key
 * [definitions] is not permitted" (zed-industries/zed#28521), and so with `$schema`, `title`, `additionalProperties`.
 */
export function fitSchemaTops(draft: Draft): void {
  const { toolConfig } = draft.request;
  if (!draft.row.bareSchemas || !toolConfig) return;
  const tools = rewriteList(toolConfig.tools, (tool) => {
    if (!('toolSpec' in tool)) return tool;
    const { json } = tool.toolSpec.inputSchema;
    if (Object.keys(json).every((keyword) => schemaTop.has(keyword))) return tool;
    draft.note('tool schema adapted', 'the model takes type, properties and required alone at its top');
    const top = Object.fromEntries(Object.entries(json).filter(([keyword]) => schemaTop.has(keyword)));
    return { toolSpec: { ...tool.toolSpec, inputSchema: { json: { properties: {}, ...top } } } };
  });
  if (tools !== toolConfig.tools) draft.request = { ...draft.request, toolConfig: { ...toolConfig, tools } };
}

const schemaTop: ReadonlySet<string> = new Set(['type', 'properties', 'required']);

/** Calls that the model writes as text become calls (case 33); `restore` reads them. */
export function fitWrittenCalls(draft: Draft): void {
  if (!draft.row.toolText || !draft.request.toolConfig) return;
  draft.note('tool calls read from text', 'the model at times writes a tool call into its text');
}

/**
 * One call at a time, where the model has a field for it. Bedrock joins that field with its own, member by member: beside
 * a forced choice "the additional field tool_choice/type conflicts with the existing field" (BerriAI/litellm#36536),
 * without one the model misses the type (BerriAI/litellm#32605).
 */
export function fitParallelCalls(draft: Draft): void {
  const { toolConfig } = draft.request;
  if (draft.options.parallelToolCalls !== false || !toolConfig) return;
  if (!draft.row.parallelToolControl) {
    draft.note('parallel tool calls not limited', 'the model has no field for it');
    return;
  }
  draft.fields.tool_choice = toolConfig.toolChoice
    ? { disable_parallel_tool_use: true }
    : { type: 'auto', disable_parallel_tool_use: true };
}

/** "This model doesn't support tool use in streaming mode": the answer is fetched whole (case 32). */
export function fitStreaming(draft: Draft): void {
  const refused = !draft.row.streaming || (draft.request.toolConfig !== undefined && !draft.row.toolStreaming);
  if (refused) draft.streaming = false;
}

/** Betas by allow-list: an unknown one fails the call with "invalid beta flag" (case 88). */
export function fitBetas(draft: Draft): void {
  const wished = draft.options.betas;
  if (!wished || wished.length === 0) return;
  const known = [...new Set(wished)].filter((beta) => draft.row.betas?.includes(beta));
  if (known.length > 0) draft.fields.anthropic_beta = known;
  if (known.length < wished.length) draft.note('betas dropped', 'the model takes only those that Bedrock knows for it');
}
