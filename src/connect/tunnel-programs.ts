import { isObject, parsedJson } from '../base/json.ts';

/** What one line of a tunnel program's output says. */
export type TunnelWord = { url: string } | { problem: string; fix?: string } | undefined;

/** A program that leads a public https name to a local port. */
export type TunnelProgram = {
  name: 'cloudflared' | 'ngrok' | 'tailscale';
  /** How people know it. */
  title: string;
  /** Whether the public name stays the same from start to start. */
  stable: boolean;
  install: string;
  args(port: number): string[];
  /** Reads one line of stdout or stderr; it is called for every line, so that a later problem is heard too. */
  read(line: string): TunnelWord;
  /** Asks another way, for programs that may print nothing. */
  ask?(port: number): Promise<string | undefined>;
};

/** Every supported program, the one without an account first. */
export const tunnelPrograms: readonly TunnelProgram[] = [
  {
    name: 'cloudflared',
    title: 'cloudflared quick tunnel',
    stable: false,
    install: 'https://developers.cloudflare.com/cloudflare-one/connections/connect-networks/downloads/',
    // The person's own ingress file would answer 404 in our place.
    args: (port) => [
      'tunnel',
      '--config',
      process.platform === 'win32' ? 'NUL' : '/dev/null',
      '--no-autoupdate',
      '--url',
      `http://127.0.0.1:${port}`,
    ],
    read: readCloudflared,
  },
  {
    name: 'ngrok',
    title: 'ngrok',
    stable: true,
    install: 'https://ngrok.com/download',
    args: (port) => ['http', `http://127.0.0.1:${port}`, '--log', 'stdout', '--log-format', 'json'],
    read: readNgrok,
    ask: askNgrok,
  },
  {
    name: 'tailscale',
    title: 'Tailscale Funnel',
    stable: true,
    install: 'https://tailscale.com/download',
    args: (port) => ['funnel', '--yes', `http://127.0.0.1:${port}`],
    read: readTailscale,
  },
];

/** The quick tunnel's name stands in a frame of `|`; `api.` is the service's own name in error lines. */
function readCloudflared(line: string): TunnelWord {
  const url = /https:\/\/(?!api\.)[a-z0-9-]+\.trycloudflare\.com/.exec(line)?.[0];
  if (url && !/\bERR\b/.test(line)) return { url };
  if (/429 Too Many Requests|error code: 1015/.test(line)) {
    return { problem: 'Cloudflare gives out no more quick tunnels for now', fix: 'wait some minutes, or use ngrok' };
  }
  const failed = /\bERR\b\s+(failed to request quick Tunnel.*)/i.exec(line)?.[1];
  return failed === undefined ? undefined : { problem: failed };
}

function readNgrok(line: string): TunnelWord {
  const logged = parsedJson(line);
  const entry = isObject(logged) ? logged : {};
  if (entry['msg'] === 'started tunnel' && typeof entry['url'] === 'string') return { url: entry['url'] };
  const said = typeof entry['err'] === 'string' ? entry['err'] : line;
  const code = /ERR_NGROK_\d+/.exec(said)?.[0];
  if (code === undefined) return undefined;
  const known = ngrokProblems[code];
  return known ?? { problem: `ngrok says ${code}`, fix: `see https://ngrok.com/docs/errors/${code.toLowerCase()}` };
}

/** https://ngrok.com/docs/errors */
const ngrokProblems: Record<string, { problem: string; fix: string }> = {
  ERR_NGROK_105: { problem: 'ngrok does not know your authtoken', fix: 'ngrok config add-authtoken <token>' },
  ERR_NGROK_4018: { problem: 'ngrok needs an account', fix: 'ngrok config add-authtoken <token>' },
  ERR_NGROK_108: { problem: 'another ngrok of your account runs already', fix: 'stop it, then try again' },
  ERR_NGROK_334: {
    problem: 'your ngrok name is in use by another endpoint',
    fix: 'stop the other ngrok, then try again',
  },
};

function readTailscale(line: string): TunnelWord {
  const url = /https:\/\/[a-z0-9.-]+\.ts\.net(?::\d+)?/.exec(line)?.[0];
  if (/Funnel is not enabled|not available|access denied|not enabled on your tailnet/i.test(line)) {
    return { problem: line.trim(), fix: 'see https://tailscale.com/kb/1223/funnel' };
  }
  // cmd/tailscale/cli: the daemon is not there, was stopped, or nobody is signed in.
  if (/connect to local tailscaled|^(?:Tailscale is stopped|Logged out|NeedsLogin)/i.test(line)) {
    return { problem: `Tailscale is not connected: ${line.trim()}`, fix: 'start Tailscale, then: tailscale up' };
  }
  return url === undefined || /login\.tailscale\.com/.test(line) ? undefined : { url: url.replace(/:443$/, '') };
}

/** The agent's own local API, where a log line could be missed; https://ngrok.com/docs/agent/api */
async function askNgrok(port: number): Promise<string | undefined> {
  try {
    const response = await fetch('http://127.0.0.1:4040/api/tunnels', { signal: AbortSignal.timeout(1_000) });
    const body: unknown = await response.json();
    const tunnels = isObject(body) && Array.isArray(body['tunnels']) ? body['tunnels'] : [];
    for (const tunnel of tunnels) {
      const config = isObject(tunnel) && isObject(tunnel['config']) ? tunnel['config'] : {};
      const url = isObject(tunnel) ? tunnel['public_url'] : undefined;
      if (String(config['addr']).endsWith(`:${port}`) && typeof url === 'string' && url.startsWith('https:'))
        return url;
    }
  } catch {
    // It is not up yet, or its web interface is switched off.
  }
  return undefined;
}
