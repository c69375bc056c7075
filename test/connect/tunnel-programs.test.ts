import { expect, test } from 'vitest';
import { tunnelPrograms } from '../../src/connect/tunnel-programs.ts';

const read = (name: string, line: string) => tunnelPrograms.find((program) => program.name === name)?.read(line);

test('cloudflared: the name in its frame counts, the service’s own name in an error does not', () => {
  const url = 'https://calm-otter-12.trycloudflare.com';
  expect(read('cloudflared', `2026-11-22T04:00:01Z INF |  ${url}                            |`)).toEqual({ url });
  expect(
    read('cloudflared', '2026-11-22T04:00:00Z INF Requesting new quick Tunnel on trycloudflare.com...'),
  ).toBeUndefined();
  expect(
    read(
      'cloudflared',
      '2026-11-22T04:00:00Z ERR failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp',
    ),
  ).toMatchObject({ problem: expect.stringContaining('failed to request quick Tunnel') });
  expect(
    read(
      'cloudflared',
      'ERR Error unmarshaling QuickTunnel response: error code: 1015 status_code="429 Too Many Requests"',
    ),
  ).toMatchObject({
    fix: expect.stringContaining('wait'),
  });
});

test('ngrok: its JSON lines, and the codes of its errors', () => {
  const url = 'https://calm-otter.ngrok-free.app';
  expect(read('ngrok', JSON.stringify({ lvl: 'info', msg: 'started tunnel', url }))).toEqual({ url });
  expect(read('ngrok', JSON.stringify({ lvl: 'info', msg: 'client session established' }))).toBeUndefined();
  expect(read('ngrok', 'ERROR:  ERR_NGROK_105')).toMatchObject({ fix: 'ngrok config add-authtoken <token>' });
  expect(read('ngrok', JSON.stringify({ err: 'x ERR_NGROK_9999 y' }))).toMatchObject({
    fix: 'see https://ngrok.com/docs/errors/err_ngrok_9999',
  });
});

test('tailscale: the address without its default port; a tailnet without Funnel', () => {
  expect(read('tailscale', 'https://box.tail1234.ts.net:443/')).toEqual({ url: 'https://box.tail1234.ts.net' });
  expect(read('tailscale', '|-- proxy http://127.0.0.1:4141')).toBeUndefined();
  // As version 1.98 says it where its daemon does not run.
  const silent =
    "getting client status: failed to connect to local tailscaled; it doesn't appear to be running (sudo systemctl start tailscaled ?)";
  expect(read('tailscale', silent)).toMatchObject({ fix: 'start Tailscale, then: tailscale up' });
  expect(read('tailscale', 'Logged out.')).toMatchObject({ fix: 'start Tailscale, then: tailscale up' });
  expect(read('tailscale', 'Funnel is not enabled on your tailnet.')).toMatchObject({ problem: expect.any(String) });
});
