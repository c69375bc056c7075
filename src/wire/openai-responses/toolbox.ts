import { type CallableTool, inputItems, itemParam, type ResponsesRequest, type ResponsesTool } from './schema.ts';

/** A tool that the client runs, under the name that the model sees. */
export type BoxedTool = {
  /**
   * `custom`: the model's call is one string, shown to the client as raw text (case 35). `tool_search`: the client looks
   * for more tools itself, and brings what it finds with its next request.
   */
  kind: 'function' | 'custom' | 'tool_search';
  /** The name in the client's own words; with a namespace the model sees both in one. */
  name: string;
  namespace?: string;
  /** Where the tool stands in the client's body. */
  param: string;
  tool: CallableTool;
};

export type Toolbox = {
  /** By the name that the model sees. */
  callable: ReadonlyMap<string, BoxedTool>;
  /** Tools that OpenAI's servers run, by type. */
  hosted: { type: string; param: string }[];
};

/** One name out of two, because Converse knows no namespaces. */
export function modelName(name: string, namespace: string | null | undefined): string {
  if (!namespace) return name;
  return namespace.endsWith('__') ? namespace + name : `${namespace}__${name}`;
}

/** All tools that a request brings: in `tools`, and in items that add some later. The first of a name counts. */
export function toolboxOf(request: ResponsesRequest): Toolbox {
  const callable = new Map<string, BoxedTool>();
  const hosted: Toolbox['hosted'] = [];
  const add = (tool: CallableTool, param: string, namespace?: string): void => {
    const kind = kindOf(tool);
    const name = kind === 'tool_search' ? kind : (tool.name ?? '');
    if (kind === 'hosted') hosted.push({ type: tool.type ?? 'without a type', param });
    else if (name !== '' && !callable.has(modelName(name, namespace))) {
      callable.set(modelName(name, namespace), { kind, name, ...(namespace ? { namespace } : {}), param, tool });
    }
  };
  const addAll = (tools: readonly ResponsesTool[], param: string): void => {
    for (const [at, tool] of tools.entries()) {
      if (tool.type !== 'namespace') add(tool, `${param}[${at}]`);
      for (const [inner, member] of (tool.tools ?? []).entries()) {
        add(member, `${param}[${at}].tools[${inner}]`, tool.name ?? undefined);
      }
    }
  };
  addAll(request.tools ?? [], 'tools');
  for (const [at, item] of inputItems(request).entries()) {
    if (item.type === 'additional_tools' || item.type === 'tool_search_output')
      addAll(item.tools, `${itemParam(request, at)}.tools`);
  }
  return { callable, hosted };
}

/** The names of custom tools, as the model sees them. */
export function customTools({ callable }: Toolbox): { has(name: string): boolean } {
  return { has: (name) => callable.get(name)?.kind === 'custom' };
}

function kindOf(tool: CallableTool): BoxedTool['kind'] | 'hosted' {
  switch (tool.type ?? 'function') {
    case 'function':
      return 'function';
    case 'custom':
      return 'custom';
    case 'tool_search':
      return tool.execution === 'client' ? 'tool_search' : 'hosted';
    default:
      return 'hosted';
  }
}
