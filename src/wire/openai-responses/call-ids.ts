import type { Adaptations } from '../adaptations.ts';
import { type CallTrace, nameCalls } from '../unnamed-calls.ts';
import { type InputItem, inputItems, itemParam, type ResponsesRequest } from './schema.ts';

/** The items with an id for each tool call and output; those that came without are paired by their order. */
export function withCallIds(request: ResponsesRequest, { changes }: Pick<Adaptations, 'changes'>): InputItem[] {
  const items = inputItems(request).slice();
  nameCalls(
    items.flatMap((_, index) => traceOf(items, index, `${itemParam(request, index)}.call_id`)),
    changes,
  );
  return items;
}

function traceOf(items: InputItem[], index: number, param: string): CallTrace[] {
  const item = items[index];
  switch (item?.type) {
    case 'function_call':
    case 'custom_tool_call':
    case 'local_shell_call':
    case 'shell_call':
    case 'apply_patch_call':
      return [{ kind: 'call', id: item.call_id ?? item.id ?? undefined, param, name: put }];
    case 'function_call_output':
    case 'custom_tool_call_output':
    case 'local_shell_call_output':
    case 'shell_call_output':
    case 'apply_patch_call_output':
      return [{ kind: 'result', id: item.call_id ?? item.id ?? undefined, param, name: put }];
    default:
      return [];
  }

  function put(id: string): void {
    if (item) items[index] = { ...item, call_id: id };
  }
}
