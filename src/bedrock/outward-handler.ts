import type { Agent } from 'node:http';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { createAgent, type Environment, isSpecial } from './agent.ts';

type Handler = Pick<NodeHttpHandler, 'handle' | 'destroy' | 'metadata'> & {
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
};

/**
 * A request handler for the AWS SDK's own clients, whose calls then go out as ours do: each host by HTTPS_PROXY,
 * HTTP_PROXY and NO_PROXY, trusting AWS_CA_BUNDLE. The SDK knows none of them. Undefined where the environment asks for
 * nothing of the kind.
 */
export async function outwardHandler(env: Environment): Promise<Handler | undefined> {
  if (!isSpecial(env)) return undefined;
  const { NodeHttpHandler } = await import('@smithy/node-http-handler');
  const agents = new Map<string, Promise<Agent>>();
  const agentFor = (origin: string): Promise<Agent> => {
    const agent = agents.get(origin) ?? createAgent(new URL(origin), env);
    agents.set(origin, agent);
    return agent;
  };
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request, options) {
      const { protocol, hostname, port } = request;
      const agent = await agentFor(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`);
      // Which of the two is used follows from the protocol; a proxy's agent serves either.
      return new NodeHttpHandler({ httpAgent: agent, httpsAgent: agent }).handle(request, options);
    },
    destroy() {
      for (const agent of agents.values()) agent.then((open) => open.destroy()).catch(() => undefined);
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}
