import { vi } from 'vitest';

// Files share a process, which saves a second for each, but no module of the workspace: what a module keeps is one file's.
vi.resetModules();
