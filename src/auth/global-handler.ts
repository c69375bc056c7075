import http from 'node:http';
import https from 'node:https';
import type { NodeHttpHandler } from '@smithy/node-http-handler';

/** A request handler for the AWS SDK's clients: their own agents know no company proxy, node's global ones go where the environment says. */
export async function globalHandler(): Promise<NodeHttpHandler> {
  const { NodeHttpHandler } = await import('@smithy/node-http-handler');
  return new NodeHttpHandler({ httpAgent: http.globalAgent, httpsAgent: https.globalAgent });
}
