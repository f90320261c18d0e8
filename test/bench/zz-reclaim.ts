import { defineStorages, MemoryStorage } from '@filefield/core';
import { fileField, fileFields } from '@filefield/mikro-orm';
import { defineEntity, MikroORM } from '@mikro-orm/postgresql';
import { benchServer } from './bench-server.ts';
const Document = defineEntity({ name: 'Document', properties: (p) => ({ id: p.integer().primary(), scan: fileField({ storage: 'private' }).nullable() }) });
await using server = await benchServer();
const connection = await server.createDatabase('bench');
const storage = new MemoryStorage();
const N = +(process.argv[2] ?? 20000), OTHERS = +(process.argv[3] ?? 200000);
const ev: [number, string][] = []; let on = false;
const files = fileFields({ storages: defineStorages({ private: () => storage }), worker: 'manual', grace: '0ms' });
await using orm = await MikroORM.init({ ...connection, entities: [Document], extensions: [files], debug: ['query'], colors: false, logger: (m: string) => { if (on) ev.push([performance.now(), m.replace(/\s+/g, ' ').replace(/\[took.*/, '').slice(0, 400)]); } } as never);
await orm.schema.create();
const client = await server.connect(connection);
await client.query('set session_replication_role = replica');
await client.query(`insert into document (scan) select jsonb_build_object('storage', 'private', 'name', 'kept/' || md5(i::text) || '.png', 'size', i, 'type', 'image/png') from generate_series(1, ${OTHERS}) i`);
await client.query('set session_replication_role = origin');
await client.query('vacuum analyze');
await files.worker.drain();
const reclaim = storage.reclaim.bind(storage); let mem = 0;
for (let round = 0; round < +(process.argv[5] ?? 1); round++) {
for (let i = 1; i <= N; i++) await storage.save(`due/${i}.txt`, 'x', { ifExists: 'error' });
mem = 0;
storage.reclaim = async (n) => { const t = performance.now(); if (+(process.argv[4] ?? 0)) await new Promise((r) => setTimeout(r, +process.argv[4]!)); await reclaim(n); mem += performance.now() - t; ev.push([performance.now(), 'RECLAIM']); };
await client.query(`insert into document (scan) select jsonb_build_object('storage', 'private', 'name', 'due/' || i || '.txt', 'size', 1, 'type', 'text/plain') from generate_series(1, ${N}) i`);
await client.query(`delete from document where scan ->> 'name' like 'due/%'`);
await client.query('checkpoint');
on = true;
const t0 = performance.now(); ev.push([t0, 'start']);
const c0 = process.cpuUsage();
const r = await files.worker.drain();
const t1 = performance.now(); const c = process.cpuUsage(c0);
console.log(JSON.stringify(r), (t1 - t0).toFixed(0), 'ms', ((t1 - t0) / N * 1000).toFixed(1), 'µs/object; cpu', (c.user + c.system) / 1000, 'mem', mem.toFixed(0));
const acc = new Map<string, number[]>(); let prev = t0;
for (const [t, m] of ev) { const k = m.replace(/[0-9]+/g, '#').replace(/"[^"]*":/g,'').slice(0, 110); (acc.get(k) ?? acc.set(k, []).get(k)!).push(t - prev); prev = t; }
for (const [k, v] of [...acc].sort((a, b) => b[1].reduce((x, y) => x + y, 0) - a[1].reduce((x, y) => x + y, 0)).slice(0, 6)) console.log(v.reduce((x, y) => x + y, 0).toFixed(0).padStart(6), 'ms', String(v.length).padStart(4), '×', (v.sort((a, b) => a - b)[v.length >> 1]!).toFixed(1), k);
on = false; ev.length = 0;
await client.query(`delete from file_journal where storage <> ''`); await client.query('vacuum document, file_journal');
}
