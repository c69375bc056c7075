import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real pseudo-terminal with the program in it. */
export type TerminalSession = {
  /** Waits until the screen shows this text; throws with the screen after 30 s. */
  see(text: string): Promise<void>;
  /** Keys in tmux's names: `Enter`, `Down`, `C-c`. */
  press(...keys: string[]): void;
  /** What the screen shows, and what has rolled off it. */
  screen(): string;
  close(): void;
};

export const hasTmux = spawnSync('tmux', ['-V']).error === undefined;

export const mainFile = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

/** Runs the program in a terminal of 120 columns, with this environment and nothing else; its exit code is the last line. */
export function openTerminal(name: string, args: readonly string[], env: Record<string, string>): TerminalSession {
  return openShell(name, [process.execPath, mainFile, ...args], env);
}

/** Any program in such a terminal. */
export function openShell(name: string, program: readonly string[], env: Record<string, string>): TerminalSession {
  const socket = join(tmpdir(), `${name}.tmux`);
  const tmux = (...words: string[]) =>
    execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...words], { encoding: 'utf8' });
  const words = ['env', '-i', ...Object.entries(env).map(([key, value]) => `${key}=${value}`), ...program];
  const command = `${words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')}; echo "exit code $?"; sleep 600`;
  tmux('new-session', '-d', '-x', '120', '-y', '60', command);
  const screen = () =>
    tmux('capture-pane', '-p', '-J', '-S', '-')
      .replaceAll(/[ \t]+$/gm, '')
      .trimEnd();
  return {
    screen,
    async see(text) {
      const deadline = Date.now() + 30_000;
      while (!screen().includes(text)) {
        if (Date.now() > deadline) throw new Error(`no "${text}" on the screen:\n${screen()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    press: (...keys) => void tmux('send-keys', ...keys),
    close() {
      spawnSync('tmux', ['-S', socket, 'kill-server']);
      rmSync(socket, { force: true });
    },
  };
}
