import { join } from 'node:path';
import type { Client, Surroundings } from '../client.ts';
import { ownCommand } from '../own-command.ts';

/** npx would ask before it installs, and nobody sits at this terminal. */
const helper = ({ env, platform }: Surroundings): string => ownCommand(env, platform).replace(/^npx /, 'npx --yes ');

/** https://code.claude.com/docs/en/llm-gateway; `ANTHROPIC_BASE_URL` is without `/v1`. */
export const claudeCode: Client = {
  name: 'claude-code',
  title: 'Claude Code',
  source: 'https://code.claude.com/docs/en/llm-gateway',
  userAgent: /^claude-(cli|code)/i,
  tried: {
    version: '2.1.330',
    on: '2026-11-22',
    did: 'found the models, took its token from the helper, read and edited a file while thinking, loaded deferred tools and those of an MCP server by its tool search, and went on with a session at another effort',
  },
  dialect: 'messages',
  file: {
    format: 'jsonc',
    places: ({ env, home }) => [join(env['CLAUDE_CONFIG_DIR'] || join(home, '.claude'), 'settings.json')],
    edits: ({ root }, surroundings) => [
      { at: ['env', 'ANTHROPIC_BASE_URL'], value: root },
      // Without this it never asks for the models, and shows its built-in names only.
      { at: ['env', 'CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY'], value: '1' },
      // A command that prints a token of five minutes: the file itself holds no key.
      { at: ['apiKeyHelper'], value: `${helper(surroundings)} auth token --key claude-code` },
      { at: ['env', 'CLAUDE_CODE_API_KEY_HELPER_TTL_MS'], value: '240000' },
    ],
  },
  steps: () => [
    'Claude Code runs claude-bedrock for its token; `npm install --global claude-bedrock` makes that quicker than npx',
    'have a key of that name: claude-bedrock key list shows it, claude-bedrock key create claude-code makes it',
    'unset ANTHROPIC_API_KEY and ANTHROPIC_AUTH_TOKEN: they would win over the helper',
    'run `claude`, then /status: it names the base URL; /model lists the models of the proxy',
  ],
  notes: ['Claude Code takes only names that begin with claude-; the proxy lists each model under such a name too.'],
};
