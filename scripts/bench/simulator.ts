import { startSimulator } from '../../src/demo/bedrock-simulator.ts';
import type { Load } from '../../src/demo/load.ts';

/*
 * The load target in a process of its own. The parent sends the shape of the next answers; each message is answered
 * with the number of connections so far.
 */
let load: Load = { chunks: 1, delayMs: 0, bytesPerChunk: 40 };
const simulator = await startSimulator({ load: () => load });
process.on('message', (next: Load) => {
  load = next;
  process.send?.({ connections: simulator.connections() });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ port: Number(new URL(simulator.url).port), credentials: simulator.credentials });
