import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What was asked of Service Quotas. */
type Asked = { target: unknown; authorization: unknown; body: string };

export type StandIn = { url: string; asked: Asked[]; close(): void };

const minute = 'Cross-region model inference';

const quota = (code: string, name: string, value: number) => ({
  ...{ QuotaCode: code, QuotaName: name, Value: value, Adjustable: true },
});

/** Service Quotas on loopback: two pages of limits with these tokens a minute, or a refusal by IAM. */
export async function startServiceQuotas(tokensPerMinute: () => number | 'forbidden'): Promise<StandIn> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { 'x-amz-target': target, authorization } = request.headers;
    asked.push({ target, authorization, body });
    const value = tokensPerMinute();
    if (value === 'forbidden')
      return response.writeHead(400, { 'x-amzn-errortype': 'AccessDeniedException' }).end('{"Message":"no"}');
    const first = !body.includes('NextToken');
    const page = first
      ? { Quotas: [quota('L-1', 'Number of guardrails per account', 10)], NextToken: 'page-2' }
      : {
          Quotas: [
            quota('L-2', `${minute} tokens per minute for Anthropic Claude Sonnet 5`, value),
            quota('L-3', `${minute} requests per minute for Anthropic Claude Sonnet 5`, 500),
          ],
        };
    return response.end(JSON.stringify(page));
  }).listen(0, '127.0.0.1');
  return { url: await urlOf(server), asked, close: () => close(server) };
}

/** Bedrock's control plane as far as it knows whether Anthropic's use-case form was sent (`GetUseCaseForModelAccess`). */
export async function startControlPlane(formSent: () => boolean): Promise<Omit<StandIn, 'asked'>> {
  const server = createServer((_request, response) => {
    if (formSent()) return response.end('{"formData":""}');
    return response.writeHead(404, { 'x-amzn-errortype': 'ResourceNotFoundException' }).end('{"message":"none"}');
  }).listen(0, '127.0.0.1');
  return { url: await urlOf(server), close: () => close(server) };
}

async function urlOf(server: ReturnType<typeof createServer>): Promise<string> {
  await once(server, 'listening');
  // An address is null or text only for servers that do not listen on a port.
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

function close(server: ReturnType<typeof createServer>): void {
  server.close();
  server.closeAllConnections();
}
