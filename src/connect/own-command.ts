import { findProgram } from './find-program.ts';

type Env = Record<string, string | undefined>;

/** Folders that npx, `pnpm dlx`, `bunx` and npm scripts put on PATH for one run: nobody's shell finds anything there. */
const passing = /[\\/](_npx|dlx-[^\\/]*|bunx-[^\\/]*|node_modules)[\\/]/;

/**
 * What a person types to start this program again: its name where their shell finds it, else `npx claude-bedrock`, which
 * works for those who run it by npx and in a checkout.
 */
export function ownCommand(env: Env = process.env, platform: NodeJS.Platform = process.platform): string {
  const byNpx = 'npx claude-bedrock';
  // `npx`, and `npm exec` (npm's own documentation of its environment).
  if (env['npm_command'] === 'exec') return byNpx;
  const delimiter = platform === 'win32' ? ';' : ':';
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(delimiter);
  const lasting = folders.filter((folder) => !passing.test(`${folder}/`)).join(delimiter);
  return findProgram('claude-bedrock', { ...env, PATH: lasting }, platform) === undefined ? byNpx : 'claude-bedrock';
}

/** Turns `claude-bedrock serve` in our own words into what this person has to type; other mentions of the name stay. */
export function commandWords(words: readonly string[], command: string): (text: string) => string {
  if (command === 'claude-bedrock') return (text) => text;
  const mention = new RegExp(`(?<![\\w/.@-]|npx |npx --yes )claude-bedrock(?= (?:${words.join('|')})(?![\\w-]))`, 'g');
  return (text) => text.replaceAll(mention, command);
}
