import { vi } from 'vitest';

// Files share a process, which saves each a second, but no variables: what modules of the workspace keep is one file's.
vi.resetModules();
vi.unstubAllEnvs();
