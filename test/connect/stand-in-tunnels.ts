import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';

export const publicNames = {
  cloudflared: 'calm-otter-12.trycloudflare.com',
  ngrok: 'calm-otter.ngrok-free.app',
  tailscale: 'box.tail1234.ts.net',
} as const;

export type StandIn = keyof typeof publicNames;

/** The stand-ins speak TLS with a certificate that openssl makes. */
export const openssl = spawnSync('openssl', ['version']).status === 0;

export type StandIns = {
  /** The folder to put on PATH. */
  folder: string;
  /** A certificate for the public names, to be trusted as NODE_EXTRA_CA_CERTS. */
  certificate: string;
};

/** Makes the folder and the certificate that the stand-ins share. */
export function makeStandIns(folder: string): StandIns {
  mkdirSync(folder, { recursive: true });
  const certificate = join(folder, 'cert.pem');
  const names = [...Object.values(publicNames), '*.trycloudflare.com'].map((name) => `DNS:${name}`).join(',');
  if (!openssl) return { folder, certificate };
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
      .concat(['-subj', '/CN=stand-in', '-addext', `subjectAltName=${names}`])
      .concat(['-keyout', join(folder, 'key.pem'), '-out', certificate]),
    { stdio: 'ignore' },
  );
  return { folder, certificate };
}

/** What a stand-in does beside forwarding. */
export type Behaviour = {
  /** The loopback port that stands for the internet: an HTTPS proxy for the public name, and plain HTTP for it. */
  port: number;
  /** Its first start ends by itself when the file `die` appears in its folder; its next start has another name. */
  dies?: boolean;
  /** It says that it has no authtoken, as ngrok does, and ends. */
  noToken?: boolean;
};

/** Writes an executable that behaves like the program: its own arguments, its own output, and real forwarding. */
export function writeStandIn({ folder }: StandIns, name: StandIn, behaviour: Behaviour): string {
  const path = join(folder, name);
  const facts = { name, folder, publicName: publicNames[name], ...behaviour };
  writeFileSync(path, `#!${process.execPath}\nconst facts = ${JSON.stringify(facts)};\n${script}`);
  chmodSync(path, 0o755);
  return path;
}

/** Plain CommonJS: it runs as a program of its own. */
const script = `
const http = require('node:http'), https = require('node:https'), net = require('node:net'), fs = require('node:fs');
const { join } = require('node:path');
const args = process.argv.slice(2);
const starts = join(facts.folder, facts.name + '.starts');
const start = fs.existsSync(starts) ? Number(fs.readFileSync(starts, 'utf8')) + 1 : 1;
fs.writeFileSync(starts, String(start));
fs.writeFileSync(join(facts.folder, facts.name + '.pid'), String(process.pid));
const publicName = start === 1 || !facts.dies ? facts.publicName : 'round-' + start + '.trycloudflare.com';

function target() {
  if (facts.name === 'cloudflared') {
    if (args.join(' ').indexOf('tunnel --config /dev/null --no-autoupdate --url ') !== 0) throw new Error('args ' + args);
    return new URL(args[args.indexOf('--url') + 1]);
  }
  if (facts.name === 'ngrok') {
    if (args[0] !== 'http' || args.slice(2).join(' ') !== '--log stdout --log-format json') throw new Error('args ' + args);
    return new URL(args[1]);
  }
  if (args[0] !== 'funnel') throw new Error('args ' + args);
  return new URL(args.at(-1));
}

if (facts.noToken) {
  const said = 'authentication failed: Usage of ngrok requires a verified account and authtoken. ERR_NGROK_4018';
  console.log(JSON.stringify({ lvl: 'eror', msg: 'session closing', err: said, t: new Date().toISOString() }));
  console.error('ERROR:  authentication failed: Usage of ngrok requires a verified account and authtoken.\\nERROR:\\nERROR:  ERR_NGROK_4018');
  process.exit(1);
}

const to = target();
function forward(incoming, outgoing) {
  // The edge knows tunnels by their name only.
  if (incoming.headers.host !== publicName) return outgoing.writeHead(530).end('error code: 1033');
  const headers = { ...incoming.headers, host: publicName, 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' };
  if (facts.name === 'cloudflared') headers['cf-connecting-ip'] = '203.0.113.9';
  const passed = http.request({ host: to.hostname, port: to.port, method: incoming.method, path: incoming.url, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode, answer.headers);
    answer.pipe(outgoing);
  });
  passed.on('error', () => outgoing.writeHead(502).end());
  incoming.pipe(passed);
}
const pem = (file) => fs.readFileSync(join(facts.folder, file));
const secure = https.createServer({ key: pem('key.pem'), cert: pem('cert.pem') }, forward).listen(0, '127.0.0.1');
const edge = http.createServer(forward);
edge.on('connect', (request, socket) => {
  const inner = net.connect(secure.address().port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\\r\\n\\r\\n');
    inner.pipe(socket).pipe(inner);
  });
  inner.on('error', () => socket.destroy());
  socket.on('error', () => inner.destroy());
});
edge.listen(facts.port, '127.0.0.1', () => {
  const url = 'https://' + publicName, t = new Date().toISOString();
  if (facts.name === 'cloudflared') {
    console.error(t + ' INF Requesting new quick Tunnel on trycloudflare.com...');
    console.error(t + ' INF +' + '-'.repeat(88) + '+');
    console.error(t + ' INF |  Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):  |');
    console.error(t + ' INF |  ' + url.padEnd(84) + '  |');
    console.error(t + ' INF +' + '-'.repeat(88) + '+');
    console.error(t + ' INF Registered tunnel connection connIndex=0 event=0 ip=198.41.192.77 location=fra08 protocol=quic');
  } else if (facts.name === 'ngrok') {
    console.log(JSON.stringify({ lvl: 'info', msg: 'no configuration paths supplied', t }));
    console.log(JSON.stringify({ addr: to.origin, lvl: 'info', msg: 'started tunnel', name: 'command_line', obj: 'tunnels', t, url }));
  } else {
    console.log('Available on the internet:\\n\\n' + url + '/\\n|-- proxy ' + to.origin + '\\n\\nPress Ctrl+C to exit.');
  }
});
process.on('SIGTERM', () => process.exit(0));
if (facts.dies && start === 1) setInterval(() => fs.existsSync(join(facts.folder, 'die')) && process.exit(1), 50);
`;

type Asked = { method?: string; headers?: Record<string, string>; body?: string };

/** A request as it comes from the internet, by the plain side of the stand-in. `fetch` sets Host by the URL alone, so node's own client is used. */
export function fromInternet(port: number, host: string, path: string, asked: Asked = {}): Promise<Response> {
  const { method = 'GET', headers = {}, body } = asked;
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers: { ...headers, host } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 0 })));
    });
    outgoing.on('error', reject);
    outgoing.setTimeout(15_000, () => outgoing.destroy(new Error('no answer within 15 s')));
    outgoing.end(body);
  });
}
