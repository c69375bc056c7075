import type { Trial } from '../../src/connect/client.ts';

/** One file to change, and where the client has to go for the model. */
export type Task = {
  /** The client's own HOME: nothing of the person's settings is read or written. */
  home: string;
  /** The folder to work in. It holds `file`. */
  folder: string;
  /** Absolute. */
  file: string;
  prompt: string;
  baseUrl: string;
  apiKey: string;
  /** Where the package's commands are. */
  bin: string;
};

export type Command = { command: string; args: readonly string[]; env: Record<string, string> };

/** A coding agent that people use: how to get it, and how to give it one task without a person. */
export type Client = {
  name: string;
  /** As npm calls it, without a version. */
  package: string;
  /** What the docs tell of it: that version is fetched. */
  tried: Trial;
  /** The dialect that its calls must come in. */
  format: 'openai-responses' | 'openai-chat' | 'anthropic-messages';
  /** Relative paths are what its edit tool wants. */
  relativePaths?: true;
  /** Its postinstall script fetches or links the program itself. */
  installScript?: true;
  prepare(task: Task): Promise<Command>;
};
