import { readFile } from 'node:fs/promises';
import { Agent, type AgentOptions } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { createSecureContext, getCACertificates } from 'node:tls';
import { ProxyError } from '../base/errors.ts';
import { isObject } from '../base/json.ts';

/** The environment that was given to the program. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Keep-alive without a limit of sockets: each open stream holds one. The most recently used goes first, so that a burst's
 * sockets can age out. TCP keep-alive finds a peer that vanished without a word: after 15 s of silence, ten probes of a second
 * each. Node's own 1 s would give up a thinking model's stream for eleven seconds without a network.
 */
const options: AgentOptions = { keepAlive: true, keepAliveMsecs: 15_000, scheduling: 'lifo', maxFreeSockets: 256 };

/**
 * The agent for one endpoint: through HTTPS_PROXY or HTTP_PROXY unless NO_PROXY names the host, and trusting AWS_CA_BUNDLE
 * beside what Node trusts (which includes NODE_EXTRA_CA_CERTS). Throws `upstream_unavailable` when the bundle cannot be read.
 */
export async function createAgent(endpoint: URL, env: Environment): Promise<Agent> {
  const proxied = await proxyAgent(endpoint, env);
  if (proxied) return proxied;
  return endpoint.protocol === 'https:' ? new SecureAgent({ ...options, ...(await trustOf(env)) }) : new Agent(options);
}

/** The agent that goes to the endpoint through the company's proxy, as `createAgent`; undefined where none is named for it. */
export async function proxyAgent(endpoint: URL, env: Environment): Promise<Agent | undefined> {
  const proxy = await proxyFor(endpoint, env);
  if (!proxy) return undefined;
  const secure = endpoint.protocol === 'https:';
  const [{ HttpsProxyAgent }, trust] = await Promise.all([import('https-proxy-agent'), secure ? trustOf(env) : {}]);
  const agent = new HttpsProxyAgent(proxy, options);
  // What fails here is the way to the proxy, and would be taken for the host behind it.
  const connect = agent.connect.bind(agent);
  agent.connect = (request, wanted) =>
    connect(request, wanted).catch((cause: unknown) => {
      throw isObject(cause) ? Object.assign(cause, { atProxy: true }) : cause;
    });
  // What its constructor takes is for the way to the proxy; this is for the host behind it. Without `secureEndpoint` it
  // guesses from the call stack, guesses otherwise when a socket comes back, and so never uses a TLS socket twice.
  return Object.assign(agent, { options: { ...agent.options, ...trust, secureEndpoint: secure } });
}

/** Closes the sockets that wait for the next request. */
export function dropIdle(agent: Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** Whether the environment changes how connections are made, for clients beside our own. */
export function isSpecial(env: Environment): boolean {
  return Boolean(env['AWS_CA_BUNDLE']) || namesProxy(env);
}

function namesProxy(env: Environment): boolean {
  return ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].some((name) => env[name] || env[name.toLowerCase()]);
}

async function proxyFor(endpoint: URL, env: Environment): Promise<string> {
  if (!namesProxy(env)) return '';
  const { getProxyForUrl } = await import('proxy-from-env');
  return getProxyForUrl(endpoint.href);
}

/** As one context, because a list of certificates among an agent's options becomes part of the name of every socket. */
async function trustOf(env: Environment): Promise<{ secureContext?: ReturnType<typeof createSecureContext> }> {
  const bundle = env['AWS_CA_BUNDLE'];
  if (!bundle) return {};
  const ca = await readFile(bundle, 'utf8').catch((cause: unknown) => {
    throw new ProxyError('upstream_unavailable', `AWS_CA_BUNDLE names a file that cannot be read: ${bundle}`, {
      cause,
    });
  });
  return { secureContext: createSecureContext({ ca: [...getCACertificates('default'), ca] }) };
}
