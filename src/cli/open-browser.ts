import { spawn } from 'node:child_process';
import { foreignEnv } from '../base/foreign-env.ts';

type Surroundings = { platform: NodeJS.Platform; env: Record<string, string | undefined> };

/** The command that shows a page, or undefined where there is no display to show it on. */
export function browserCommand(url: string, { platform, env }: Surroundings): [string, ...string[]] | undefined {
  if (platform === 'darwin') return ['open', url];
  // `start` would need a shell, which reads `&` in its own way.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] || env['WSL_DISTRO_NAME'] ? ['xdg-open', url] : undefined;
}

/** Opens the person's browser; says whether a program for it was started. */
export function openBrowser(url: string, surroundings: Surroundings = process): Promise<boolean> {
  const [command, ...args] = browserCommand(url, surroundings) ?? [];
  if (command === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const child = spawn(command, args, { env: foreignEnv(process.env), stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
