#!/usr/bin/env node
import module from 'node:module';
import { join } from 'node:path';

// This file stays small and loads nothing else, so that an older Node can run it far enough to say what is wrong.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `claude-bedrock needs Node 22.19 or newer; this is ${process.version}. See https://nodejs.org\n`,
  );
  process.exitCode = 1;
} else {
  // Node would open its inspector to every local program; the handler stands before anything else is loaded.
  process.on('SIGUSR1', () => {});
  // Node would print the error with all its properties, and those of AWS's clients hold the signed request.
  process.on('uncaughtException', (error) => {
    import('./cli/crash.ts')
      .then(({ crash }) => crash(error, (text) => process.stderr.write(text)))
      .catch(() => {
        process.stderr.write('error: claude-bedrock stopped because of a fault of its own\n');
        process.exit(1);
      });
  });
  // Beside the program, not in the shared temporary folder: whoever may write the cache may run code as its reader.
  module.enableCompileCache(join(import.meta.dirname, '.compile-cache'));
  const { run } = await import('./cli/program.ts');
  process.exitCode = await run(process.argv.slice(2));
}
