import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Trial } from '../../src/connect/client.ts';
import { claudeCode as claudeCodeFacts } from '../../src/connect/clients/claude-code.ts';
import { codex as codexFacts } from '../../src/connect/clients/codex.ts';
import { continueDev } from '../../src/connect/clients/continue.ts';
import { opencode as opencodeFacts } from '../../src/connect/clients/opencode.ts';
import { qwenCode as qwenFacts } from '../other-clients.ts';
import type { Client, Task } from './client.ts';

const model = 'bedrock-sonnet';

function trialOf({ title, tried }: { title: string; tried?: Trial }): Trial {
  if (!tried) throw new Error(`${title} has no trial in its facts.`);
  return tried;
}

const codexArgs = (prompt: string): string[] => [
  'exec',
  '--skip-git-repo-check',
  '--dangerously-bypass-approvals-and-sandbox',
  prompt,
];

/** Codex with the settings of docs/clients/codex.md. */
async function prepareCodex({ home, baseUrl, apiKey, bin, prompt }: Task, catalogue: string) {
  const folder = join(home, '.codex');
  await mkdir(folder, { recursive: true });
  const lines = [
    catalogue,
    `model = "${model}"`,
    'model_provider = "claude-bedrock"',
    '[model_providers.claude-bedrock]',
    'name = "claude-bedrock"',
    `base_url = "${baseUrl}"`,
    'env_key = "CLAUDE_BEDROCK_API_KEY"',
    'wire_api = "responses"',
  ];
  await writeFile(join(folder, 'config.toml'), `${lines.join('\n')}\n`);
  const env = { CODEX_HOME: folder, CLAUDE_BEDROCK_API_KEY: apiKey };
  return { command: join(bin, 'codex'), args: codexArgs(prompt), env };
}

/** What Codex knows of a model of its own, under the name of ours: so it offers its apply_patch grammar and asks for thinking. */
async function codexCatalogue({ home, bin }: Task): Promise<string> {
  const { stdout } = await promisify(execFile)(join(bin, 'codex'), ['debug', 'models', '--bundled'], {
    env: { HOME: home, PATH: process.env['PATH'] },
    maxBuffer: 64 * 1024 * 1024,
  });
  const bundled: { models: { slug: string }[] } = JSON.parse(stdout);
  const known = bundled.models.find(({ slug }) => slug === 'gpt-5.5');
  if (!known) throw new Error('Codex no longer knows gpt-5.5; choose another entry of its catalogue.');
  const path = join(home, 'models.json');
  await writeFile(
    path,
    JSON.stringify({ models: [{ ...known, slug: model, display_name: 'Claude Sonnet', upgrade: null }] }),
  );
  return `model_catalog_json = ${JSON.stringify(path)}`;
}

const codex: Client = {
  name: 'Codex CLI',
  package: '@openai/codex',
  tried: trialOf(codexFacts),
  format: 'openai-responses',
  relativePaths: true,
  prepare: (task) => prepareCodex(task, ''),
};

const codexWithCatalogue: Client = {
  ...codex,
  name: 'Codex CLI with apply_patch and thinking',
  prepare: async (task) => prepareCodex(task, await codexCatalogue(task)),
};

const opencode: Client = {
  name: 'opencode',
  package: 'opencode-ai',
  tried: trialOf(opencodeFacts),
  format: 'openai-chat',
  installScript: true,
  async prepare({ home, folder, baseUrl, apiKey, bin, prompt }) {
    const config = {
      $schema: 'https://opencode.ai/config.json',
      autoupdate: false,
      share: 'disabled',
      model: `claude-bedrock/${model}`,
      small_model: `claude-bedrock/${model}`,
      provider: {
        'claude-bedrock': {
          npm: '@ai-sdk/openai-compatible',
          name: 'claude-bedrock',
          options: { baseURL: baseUrl, apiKey: '{env:CLAUDE_BEDROCK_API_KEY}' },
          models: { [model]: { name: 'Claude Sonnet', limit: { context: 200_000, output: 32_000 } } },
        },
      },
    };
    await writeFile(join(folder, 'opencode.json'), JSON.stringify(config));
    const env = {
      CLAUDE_BEDROCK_API_KEY: apiKey,
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      OPENCODE_DISABLE_AUTOUPDATE: '1',
    };
    return { command: join(bin, 'opencode'), args: ['run', '--auto', prompt], env: { ...env, XDG_DATA_HOME: home } };
  },
};

const continueCli: Client = {
  name: 'Continue CLI',
  package: '@continuedev/cli',
  tried: trialOf(continueDev),
  format: 'openai-chat',
  async prepare({ home, baseUrl, apiKey, bin, prompt }) {
    const config = [
      'name: claude-bedrock',
      'version: 1.0.0',
      'schema: v1',
      'models:',
      '  - name: Claude Sonnet',
      '    provider: openai',
      `    model: ${model}`,
      `    apiBase: ${baseUrl}`,
      `    apiKey: ${apiKey}`,
      '    roles: [chat, edit, apply]',
    ];
    const path = join(home, 'config.yaml');
    await writeFile(path, `${config.join('\n')}\n`);
    const env = { CONTINUE_GLOBAL_DIR: join(home, '.continue'), CONTINUE_TELEMETRY_ENABLED: '0' };
    return { command: join(bin, 'cn'), args: ['--config', path, '--auto', '-p', prompt], env };
  },
};

const claudeCode: Client = {
  name: 'Claude Code',
  package: '@anthropic-ai/claude-code',
  tried: trialOf(claudeCodeFacts),
  format: 'anthropic-messages',
  installScript: true,
  async prepare({ home, baseUrl, apiKey, bin, prompt }) {
    const env = {
      ANTHROPIC_BASE_URL: baseUrl.replace(/\/v1$/, ''),
      ANTHROPIC_AUTH_TOKEN: apiKey,
      CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      CLAUDE_CONFIG_DIR: join(home, '.claude'),
      DISABLE_AUTOUPDATER: '1',
    };
    return { command: join(bin, 'claude'), args: ['-p', '--permission-mode', 'acceptEdits', '--', prompt], env };
  },
};

const qwenCode: Client = {
  name: 'Qwen Code',
  package: '@qwen-code/qwen-code',
  tried: qwenFacts.tried,
  format: 'openai-chat',
  async prepare({ baseUrl, apiKey, bin, prompt }) {
    const env = {
      OPENAI_BASE_URL: baseUrl,
      OPENAI_API_KEY: apiKey,
      OPENAI_MODEL: model,
      QWEN_CODE_SUPPRESS_YOLO_WARNING: '1',
    };
    return { command: join(bin, 'qwen'), args: ['--auth-type', 'openai', '--yolo', prompt], env };
  },
};

/** In the order of trying. */
export const clients: readonly Client[] = [claudeCode, codex, codexWithCatalogue, opencode, continueCli, qwenCode];
