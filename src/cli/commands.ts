import type { Command } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

/** What a command's file gets: a way to talk, and where to leave its exit code. */
export type Cli = { output: Output; exit(code: ExitCode): void };

/** A command's file exports `define`: it adds arguments, options and the action to the commander command. */
export type CommandFile = { define(command: Command, cli: Cli): void };

export type CommandRow = {
  name: string;
  summary: string;
  /** A second name. */
  alias?: string;
  load(): Promise<CommandFile>;
};

/** Every command, in the order of `--help`. A file is loaded only when its command is run. */
export const commandRows: readonly CommandRow[] = [
  { name: 'init', summary: 'first run: find credentials, prove them, start', load: () => import('./init.ts') },
  { name: 'serve', summary: 'start the proxy; asks no questions', load: () => import('./serve.ts') },
  {
    name: 'demo',
    summary: 'start the proxy on a simulated Bedrock and show a first answer',
    load: () => import('./demo.ts'),
  },
  { name: 'status', summary: 'one look: proxy, sign-in, use, last error', load: () => import('./status.ts') },
  {
    name: 'doctor',
    alias: 'health',
    summary: 'check everything, and name the command that mends it',
    load: () => import('./doctor.ts'),
  },
  { name: 'ask', summary: 'one question, the answer on stdout', load: () => import('./ask-model.ts') },
  { name: 'models', summary: 'names that can be used, and whether they answer', load: () => import('./models.ts') },
  { name: 'config', summary: 'read and change the settings', load: () => import('./config.ts') },
  { name: 'configure', summary: 'go through the settings by questions', load: () => import('./configure.ts') },
  { name: 'completion', summary: 'print the completion script of a shell', load: () => import('./completion.ts') },
  { name: 'cursor', summary: 'let Cursor reach the proxy: install, status, config', load: () => import('./cursor.ts') },
  {
    name: 'connect',
    summary: 'set up a client: cline, continue, zed, claude-code, codex and more',
    load: () => import('./connect.ts'),
  },
  {
    name: 'service',
    summary: 'start the proxy at login: install, uninstall, status',
    load: () => import('./service.ts'),
  },
  { name: 'auth', summary: 'sign in and out, and see how you are signed in', load: () => import('./auth.ts') },
  { name: 'key', summary: 'keys for your tools', load: () => import('./key.ts') },
  { name: 'aws', summary: 'check the AWS side, and print its policy', load: () => import('./aws.ts') },
  { name: 'usage', summary: 'tokens and cost by day, model, key or client', load: () => import('./usage.ts') },
  { name: 'cost', summary: 'estimate what calls would cost', load: () => import('./cost.ts') },
  { name: 'quota', summary: 'measured load by model, and a request for more quota', load: () => import('./quota.ts') },
  {
    name: 'explain',
    summary: 'what became of one request, and what was changed in it',
    load: () => import('./explain.ts'),
  },
  { name: 'cache', summary: 'look at or clear the response cache', load: () => import('./cache.ts') },
  { name: 'audit', summary: 'verify the audit', load: () => import('./audit.ts') },
  { name: 'version', summary: 'print the versions of claude-bedrock and Node', load: () => import('./version.ts') },
];
