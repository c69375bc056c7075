import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { newId } from '../base/ids.ts';
import { parsedJson } from '../base/json.ts';
import { getInferenceProfile, listFoundationModels, listInferenceProfiles } from './control-plane.ts';
import { answerUnderLoad, type Load } from './load.ts';
import { type Operation, routeOf } from './operations.ts';
import { openPromptMemory } from './prompt-memory.ts';
import { isRefusal, type Refusal, refusalAnswer } from './refusal.ts';
import { type Desk, serve } from './serve.ts';
import type { Step } from './step.ts';
import { openThoughtBook } from './thought-book.ts';
import { type DemoCredentials, refuseCaller, signedService } from './verify.ts';

/** One request as the simulator took it; it is updated until the response is over. */
export type SimulatedRequest = {
  readonly id: string;
  readonly operation: Operation;
  readonly modelId: string;
  readonly headers: IncomingHttpHeaders;
  /** The parsed body; `undefined` when there is none or it is no JSON. */
  readonly body: unknown;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** When the whole response had been handed to the socket. */
  finishedAt?: number;
  /** When the caller went away before that. */
  abortedAt?: number;
};

export type SimulatorOptions = {
  /** 0, the default, takes any free port; always on 127.0.0.1. */
  port?: number;
  /** The Region that signatures must name; `us-east-1` when absent. */
  region?: string;
  credentials?: DemoCredentials;
  bearerToken?: string;
  /** `off` lets every caller in. */
  signature?: 'on' | 'off';
  /** Milliseconds between stream events; 15 when absent. */
  paceMs?: number;
  /** Answers of the test's own making; `undefined` leaves the request to the demo model. Runs after signature and laws. */
  script?: (request: SimulatedRequest) => readonly Step[] | undefined;
  /** Makes the simulator a load target. A function is asked for each request. */
  load?: Load | (() => Load | undefined);
  /** Application inference profiles: ARN to the model that it stands for. */
  profiles?: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, for signatures and the prompt cache. */
  now?: () => number;
};

export type Simulator = {
  url: string;
  region: string;
  credentials: DemoCredentials;
  bearerToken: string;
  /** The last thousand requests, oldest first; none are kept under load. */
  requests: readonly SimulatedRequest[];
  /** TCP connections taken so far. */
  connections(): number;
  /** Ends open responses and stops listening. */
  close(): Promise<void>;
};

const keptRequests = 1000;
const bodyLimit = 40 * 1024 * 1024;

/** Starts a Bedrock Runtime of HTTP/1.1 on a loopback port, control-plane lists included. Rejects when the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const now = options.now ?? Date.now;
  const region = options.region ?? 'us-east-1';
  const credentials = options.credentials ?? { accessKeyId: newId('DEMO', 16), secretAccessKey: newId('', 40) };
  const bearerToken = options.bearerToken ?? newId('bedrock-demo-key-', 32);
  const requests: SimulatedRequest[] = [];
  let connections = 0;

  const desk: Desk = {
    region,
    profiles: options.profiles ?? {},
    paceMs: options.paceMs ?? 15,
    script: options.script ?? (() => undefined),
    memory: openPromptMemory(now),
    thoughts: openThoughtBook(),
  };
  const admit = (request: IncomingMessage, body: Uint8Array): Refusal | undefined =>
    options.signature === 'off'
      ? undefined
      : refuseCaller(
          { method: request.method ?? '', url: request.url ?? '/', headers: request.headers, body },
          { region, credentials, bearerToken, now },
        );
  const record = (taken: SimulatedRequest) => {
    if (requests.length >= keptRequests) requests.shift();
    requests.push(taken);
  };

  const server = createServer((request, response) => {
    const load = typeof options.load === 'function' ? options.load() : options.load;
    if (load) return answerUnderLoad(request, response, load, (request.url ?? '').endsWith('-stream'));
    answer(request, response, { desk, admit, record, now }).catch((error: unknown) => {
      if (!response.headersSent)
        response.writeHead(500, { 'content-type': 'application/json', 'x-amzn-errortype': 'InternalServerException' });
      response.end(
        JSON.stringify({ message: `The demo failed: ${error instanceof Error ? error.message : String(error)}` }),
      );
    });
  });
  server.on('connection', () => connections++);
  const port = await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    region,
    credentials,
    bearerToken,
    requests,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  server.keepAliveTimeout = 60_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', backlog: 2048 }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

type House = {
  desk: Desk;
  admit: (request: IncomingMessage, body: Uint8Array) => Refusal | undefined;
  record: (taken: SimulatedRequest) => void;
  now: () => number;
};

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { desk, admit, record, now }: House,
): Promise<void> {
  const id = crypto.randomUUID();
  const route = routeOf(request.method ?? '', request.url ?? '/', signedService(request.headers.authorization));
  const bytes = await readBody(request);
  const refuse = (refusal: Refusal) => {
    const { headers, body } = refusalAnswer(refusal, id);
    response.writeHead(refusal.status, headers).end(body);
  };
  if (!bytes) return refuse({ status: 413, message: 'Request Entity Too Large' });
  if ('status' in route) return refuse(route);
  const refusal = admit(request, bytes);
  if (refusal) return refuse(refusal);
  if (route.operation === 'ListFoundationModels') return sendJson(response, id, listFoundationModels(desk.region));
  if (route.operation === 'ListInferenceProfiles')
    return sendJson(response, id, listInferenceProfiles(desk.region, route.query));
  if (route.operation === 'GetInferenceProfile') {
    const profile = getInferenceProfile(desk.region, route.modelId, desk.profiles);
    return isRefusal(profile) ? refuse(profile) : sendJson(response, id, profile);
  }
  if (route.operation === 'UnknownOperation')
    return sendJson(response, id, {
      Output: { __type: 'com.amazon.coral.service#UnknownOperationException' },
      Version: '1.0',
    });

  const { operation, modelId } = route;
  const taken: SimulatedRequest = {
    id,
    operation,
    modelId,
    headers: request.headers,
    body: parsedJson(bytes.toString()),
    receivedAt: now(),
  };
  record(taken);
  const gone = new AbortController();
  response.once('close', () => {
    if (response.writableFinished) taken.finishedAt = now();
    else taken.abortedAt = now();
    gone.abort();
  });
  await serve(taken, { response, requestId: id, paceMs: desk.paceMs, gone: gone.signal }, desk);
}

function sendJson(response: ServerResponse, requestId: string, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json', 'x-amzn-requestid': requestId });
  response.end(JSON.stringify(body));
}

/** `undefined` for a body beyond the service's limit, which is read to its end all the same. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length <= bodyLimit) parts.push(part);
  }
  return length <= bodyLimit ? Buffer.concat(parts) : undefined;
}
