import type { ConverseRequest, Message, SystemBlock, Tool } from './request.ts';

type Lists = { messages: Message[]; system: SystemBlock[] | undefined; tools: Tool[] | undefined };

/** The request with these lists in place of its own; the same object when none of them is another one. */
export function withLists(request: ConverseRequest, { messages, system, tools }: Lists): ConverseRequest {
  if (messages === request.messages && system === request.system && tools === request.toolConfig?.tools) return request;
  return {
    ...request,
    messages,
    ...(system && { system }),
    ...(request.toolConfig && tools && { toolConfig: { ...request.toolConfig, tools } }),
  };
}
