import type { NewPlugin } from 'pretty-format';

const HASH = /[a-f0-9]{64}/g;

/** Replaces asset hashes in snapshots, so that a snapshot changes only when behavior does. */
const plugin: NewPlugin = {
  test: (value: unknown) => typeof value === 'string' && value.search(HASH) >= 0,
  serialize: (value: string) => JSON.stringify(value.replace(HASH, '[HASH]')),
};

export = plugin;
