import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A call as the proxy's log tells it. */
export type LoggedCall = { msg: string; outcome?: string; format?: string; client?: string; code?: string };

const root = join(import.meta.dirname, '..', '..');

/** The real program on the embedded upstream, as its own process. */
export async function startProxy(home: string, apiKey: string) {
  const child = spawn(process.execPath, ['src/main.ts', 'serve', '--upstream', 'demo', '--port', '0', '--json'], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: home, CLAUDE_BEDROCK_HOME: home, CLAUDE_BEDROCK_API_KEY: apiKey },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const logged: LoggedCall[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('{')) logged.push(JSON.parse(line));
  });
  const [first] = await once(createInterface({ input: child.stdout }), 'line', { signal: AbortSignal.timeout(30_000) });
  const { baseUrl }: { baseUrl: string } = JSON.parse(String(first));
  return {
    baseUrl,
    logged,
    async close() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}
