import { spawn } from 'node:child_process';
import { foreignEnv } from '../base/foreign-env.ts';
import { findProgram } from '../connect/find-program.ts';

type Tool = { program: string; args: readonly string[] };

/** In the order in which they are tried; on Linux only the one that fits the display can work. */
function toolsFor(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Tool[] {
  const clip = { program: 'clip.exe', args: [] };
  if (platform === 'darwin') return [{ program: 'pbcopy', args: [] }];
  if (platform === 'win32') return [clip];
  return [
    ...(env['WAYLAND_DISPLAY'] ? [{ program: 'wl-copy', args: [] }] : []),
    ...(env['DISPLAY'] ? [{ program: 'xclip', args: ['-selection', 'clipboard'] }] : []),
    ...(env['WSL_DISTRO_NAME'] ? [clip] : []),
  ];
}

/** Puts text on the clipboard; false when there is no tool for it, or when it took longer than half a second. */
export async function copyToClipboard(text: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const tool = toolsFor(process.platform, env).find(({ program }) => findProgram(program, env) !== undefined);
  if (!tool) return false;
  return new Promise((resolve) => {
    const child = spawn(tool.program, tool.args, { env: foreignEnv(env), stdio: ['pipe', 'ignore', 'ignore'] });
    // xclip stays behind to serve the clipboard, so its end is not waited for for long.
    const timer = setTimeout(() => done(false), 500);
    const done = (copied: boolean): void => {
      clearTimeout(timer);
      child.unref();
      resolve(copied);
    };
    child.on('error', () => done(false));
    child.on('exit', (code) => done(code === 0));
    child.stdin.on('error', () => done(false));
    child.stdin.end(text);
  });
}
