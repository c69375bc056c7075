import type { Trial } from '../src/connect/client.ts';

/** A client that `connect` does not know, as docs/clients/others.md lists it. */
export type OtherClient = {
  title: string;
  setting: string;
  goodToKnow?: string;
  /** Absent: the program was not tried. */
  tried?: Trial;
};

const on = '2026-11-22';

export const qwenCode = {
  title: 'Qwen Code',
  setting:
    '`OPENAI_BASE_URL=http://127.0.0.1:4141/v1`, `OPENAI_API_KEY` the key of the proxy, `OPENAI_MODEL=bedrock-sonnet`, and `--auth-type openai`',
  tried: { version: '0.24.4', on, did: 'read and edited a file' },
} as const satisfies OtherClient;

export const otherClients: readonly OtherClient[] = [
  {
    title: 'Kilo Code',
    setting:
      'provider “OpenAI Compatible”, base URL `http://127.0.0.1:4141/v1`, key of the proxy, model `bedrock-sonnet`; its CLI takes the `provider` of [opencode](opencode.md) in `kilo.json`',
    goodToKnow: 'speaks Chat Completions through the AI SDK: thinking comes back with the tool calls',
    tried: { program: 'the CLI', version: '7.7.7', on, did: 'read and edited a file' },
  },
  qwenCode,
  {
    title: 'pi',
    setting:
      'in `~/.pi/agent/models.json` a provider with `"api": "openai-completions"`, `"baseUrl": "http://127.0.0.1:4141/v1"`, `"apiKey": "CLAUDE_BEDROCK_API_KEY"` and its models',
    goodToKnow: 'sends `store: false` and the developer role; dropped thinking is given back from memory',
    tried: {
      version: '0.73.1',
      on,
      did: 'read and edited a file while thinking; as well by `openai-responses` and, with the URL without `/v1`, by `anthropic-messages`',
    },
  },
  { title: 'openclaw', setting: 'as pi: a provider of the kind `openai-completions` with that base URL' },
  {
    title: 'OpenAI Agents SDK for JavaScript',
    setting: '`setDefaultOpenAIClient(new OpenAI({ baseURL, apiKey }))`, tracing off',
    goodToKnow: 'it speaks Responses, or Chat Completions after `setOpenAIAPI`',
    tried: {
      version: '0.20.0',
      on,
      did: 'ran a tool loop, gave an answer by a schema and handed over to another agent, in both dialects',
    },
  },
  {
    title: 'llm',
    setting:
      'in `extra-openai-models.yaml` a `model_id` with `api_base: http://127.0.0.1:4141/v1`, `api_key_name`, `supports_tools: true` and `supports_schema: true`',
    tried: { version: '0.36', on, did: 'chatted, called two tools at once, answered by a schema and sent an image' },
  },
  {
    title: 'ShellGPT',
    setting:
      '`API_BASE_URL=http://127.0.0.1:4141/v1`, `OPENAI_API_KEY` the key of the proxy, `DEFAULT_MODEL=bedrock-sonnet`',
    goodToKnow: 'sends both `temperature` and `top_p`; what the model refuses is dropped and told',
    tried: { version: '1.5.1', on, did: 'chatted and ran a shell function' },
  },
  {
    title: 'gptme',
    setting:
      '`OPENAI_BASE_URL=http://127.0.0.1:4141/v1`, `OPENAI_API_KEY` the key of the proxy, and `-m local/bedrock-sonnet --tool-format tool`',
    tried: { version: '0.35.1', on, did: 'edited a file' },
  },
  {
    title: 'Open Interpreter',
    setting: '`--api_base http://127.0.0.1:4141/v1 --api_key … --model openai/bedrock-sonnet`',
    tried: { version: '0.4.3', on, did: 'chatted' },
  },
  {
    title: 'Copilot for JetBrains',
    setting: 'an OpenAI-compatible model with `http://127.0.0.1:4141/v1`',
    goodToKnow: 'uses Chat Completions for every model up to 1.12, Messages from 1.13 on',
  },
];
