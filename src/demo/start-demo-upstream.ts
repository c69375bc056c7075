import { startSimulator } from './bedrock-simulator.ts';
import type { DemoCredentials } from './verify.ts';

/** What the composition root needs to dial the embedded upstream as if it were Bedrock. */
export type DemoUpstream = {
  endpoint: string;
  region: string;
  credentials: DemoCredentials;
  close(): Promise<void>;
};

/** Starts the simulator for `npm run demo` on any free loopback port, with credentials made for this run. */
export async function startDemoUpstream(): Promise<DemoUpstream> {
  const { url, region, credentials, close } = await startSimulator();
  return { endpoint: url, region, credentials, close };
}
