import type { Client } from '../client.ts';

/** https://code.visualstudio.com/docs/agent-customization/language-models; the key must be typed there, never into the file. */
export const vscode: Client = {
  name: 'vscode',
  title: 'VS Code (Copilot Chat, Custom Endpoint)',
  source: 'https://code.visualstudio.com/docs/agent-customization/language-models',
  userAgent: /^(GitHubCopilotChat|vscode)/i,
  dialect: 'messages',
  steps: ({ root, models }) => [
    'VS Code 1.122 or newer: run “Chat: Manage Language Models” from the Command Palette > Add Models > Custom Endpoint',
    'name claude-bedrock, API key: the key of the proxy, API type: Messages',
    'in the file that opens (chatLanguageModels.json) put these models:',
    ...JSON.stringify(
      models.map(({ name, title, contextTokens, maxOutputTokens }) => ({
        id: name,
        name: title,
        url: `${root}/v1/messages`,
        toolCalling: true,
        vision: true,
        maxInputTokens: contextTokens - maxOutputTokens,
        maxOutputTokens,
      })),
      null,
      2,
    ).split('\n'),
    'not in the list afterwards? Restart VS Code, or set "chat.agentHost.byokModels.enabled": true',
  ],
  notes: ['Copilot Business and Enterprise: an administrator must allow own keys for language models.'],
};
