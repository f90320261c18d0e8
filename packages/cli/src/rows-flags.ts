/** The flags of commands that go through the rows of a field. */
export const rowsFlags = {
  'no-checksum': {
    type: 'boolean',
    summary: 'Asks the storage only, and reads no object for its sha256 and type',
  },
  'dry-run': {
    type: 'boolean',
    short: 'n',
    summary: 'Counts rows and problems, and writes nothing',
  },
  concurrency: {
    type: 'integer',
    least: 1,
    value: 'N',
    summary: 'Objects at the same time. Default: 8',
  },
  limit: { type: 'integer', value: 'N', summary: 'Problems that are told. Default: 1000' },
} as const;
