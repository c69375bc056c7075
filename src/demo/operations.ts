import type { Refusal } from './refusal.ts';

export type Operation =
  | 'Converse'
  | 'ConverseStream'
  | 'InvokeModel'
  | 'InvokeModelWithResponseStream'
  | 'CountTokens'
  | 'ApplyGuardrail'
  | 'ListFoundationModels'
  | 'ListInferenceProfiles'
  | 'GetInferenceProfile'
  | 'MantleChat'
  | 'UnknownOperation';

/** What a request line asks for; `modelId` is the guardrail's id for ApplyGuardrail, the path for MantleChat, and empty for lists. */
export type Route = { operation: Operation; modelId: string; query: URLSearchParams };

const byPath: Readonly<Record<string, Operation>> = {
  converse: 'Converse',
  'converse-stream': 'ConverseStream',
  invoke: 'InvokeModel',
  'invoke-with-response-stream': 'InvokeModelWithResponseStream',
  'count-tokens': 'CountTokens',
};

/** Reads method and raw target. A model id is one path segment: a bare slash or colon-free ARN in it is another route. */
export function routeOf(method: string, target: string, service = 'bedrock'): Route | Refusal {
  const [path = '', search = ''] = target.split('?', 2);
  const query = new URLSearchParams(search);
  const model = /^\/model\/([^/]+)\/([a-z-]+)$/.exec(path);
  const operation = byPath[model?.[2] ?? ''];
  if (method === 'POST' && model && operation) return { operation, modelId: decodeURIComponent(model[1] ?? ''), query };
  const guardrail = /^\/guardrail\/([^/]+)\/version\/([^/]+)\/apply$/.exec(path);
  if (method === 'POST' && guardrail)
    return { operation: 'ApplyGuardrail', modelId: decodeURIComponent(guardrail[1] ?? ''), query };
  if (method === 'GET' && path === '/foundation-models')
    return { operation: 'ListFoundationModels', modelId: '', query };
  if (method === 'GET' && path === '/inference-profiles')
    return { operation: 'ListInferenceProfiles', modelId: '', query };
  const profile = /^\/inference-profiles\/([^/]+)$/.exec(path);
  if (method === 'GET' && profile)
    return { operation: 'GetInferenceProfile', modelId: decodeURIComponent(profile[1] ?? ''), query };
  const isChat = method === 'POST' && /^(?:\/openai)?\/v1\/chat\/completions$/.test(path);
  if (isChat && service === 'bedrock-mantle') return { operation: 'MantleChat', modelId: path, query };
  if (path.startsWith('/v1/')) return { operation: 'UnknownOperation', modelId: '', query };
  return {
    status: 404,
    type: 'UnknownOperationException',
    message: `Unable to find an operation for ${method} ${path}`,
  };
}
