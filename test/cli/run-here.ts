import { Writable } from 'node:stream';
import { createOutput } from '../../src/cli/output.ts';
import { run } from '../../src/cli/program.ts';

/** Runs a command in this process, with this environment, and gives what it said and its exit code. */
export async function runHere(...argv: string[]) {
  const said = { out: '', err: '' };
  const into = (name: 'out' | 'err') =>
    new Writable({
      write(chunk, _, done) {
        said[name] += String(chunk);
        done();
      },
    });
  const code = await run(argv, createOutput({ stdout: into('out'), stderr: into('err') }));
  return { code, ...said };
}
