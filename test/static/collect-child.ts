import { FileSystemStorage } from '@filefield/core';
import { collectStatic } from '@filefield/static';

// Collects a source into a location, and is killed after so many steps.
const [source = '', location = '', steps = ''] = process.argv.slice(2);

await collectStatic({
  sources: [source],
  storage: new FileSystemStorage({ location }),
  concurrency: 1,
  prune: true,
  onProgress: ({ done }) => {
    if (done === Number(steps)) process.kill(process.pid, 'SIGKILL');
  },
});
