import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { startCdn } from './cdn.ts';
import { openGuide, type Guide } from './production-guide.ts';

const { endpoint } = inject('s3Server');
const good = { code: 0, stderr: expect.any(String) };

describe('the production guide, with a bucket for each purpose', () => {
  it('leads from empty buckets to the bucket alone, back to the disk, and to its end', async () => {
    await using guide = await openGuide();
    const cdn = await startCdn(`${endpoint}/${guide.buckets}-static`);
    guide.environment['STATIC_DOMAIN'] = cdn.url;

    // 1. Buckets
    expect(await guide.step('buckets')).toMatchObject(good);

    // 2. The application, with uploads on the disk
    const site = await guide.deploy('disk');
    const uploaded = [await site.upload('first')];
    expect(await guide.step('check')).toMatchObject({
      ...good,
      stdout: expect.stringMatching(/ 0 bad, .*static url: good.*exports gone: good/s),
    });

    // 3. Static files and exports
    const collected = await guide.step('static');
    expect(collected).toMatchObject({
      ...good,
      stdout: expect.stringContaining('2 post-processed'),
    });
    expect((await guide.step('static')).stdout).toContain('0 static files copied');
    await madeExport(guide, site.url);
    expect(await guide.step('exports')).toMatchObject({ ...good, stdout: 'Forgot 1 exports\n' });

    // 4. Copy the uploads, while people upload
    expect(await guide.step('copy')).toMatchObject(good);
    uploaded.push(await site.upload('late'));

    // 5. Deploy with both
    guide.environment['COLLECTED'] = '1';
    const moving = await guide.deploy('moving');
    await styled(moving.url, cdn.url);
    uploaded.push(await site.upload('last of the old'), await moving.upload('new'));
    expect(await moving.fetchAll()).toEqual(uploaded);
    await site.stop();
    expect(await guide.step('late')).toMatchObject(good);

    // 6. Deploy with the bucket alone
    const bucket = await guide.deploy('bucket');
    await moving.stop();
    expect(await guide.step('settle')).toMatchObject({
      ...good,
      stdout: expect.stringContaining('No row means "disk" any more'),
    });
    uploaded.push(await bucket.upload('newer'));
    expect(await bucket.fetchAll()).toEqual(uploaded);

    // 7. Rollback
    expect(await guide.step('back')).toMatchObject(good);
    const returning = await guide.deploy('returning');
    uploaded.push(await bucket.upload('late again'), await returning.upload('on the disk'));
    await bucket.stop();
    expect(await returning.fetchAll()).toEqual(uploaded);
    expect(await guide.step('back-late')).toMatchObject(good);
    const again = await guide.deploy('disk-again');
    await returning.stop();
    expect(await again.fetchAll()).toEqual(uploaded);

    // Once more to the bucket, and 8. The end of the disk
    expect(await guide.step('late')).toMatchObject(good);
    await again.stop();
    const last = await guide.deploy('bucket');
    expect(await guide.step('delete')).toMatchObject({
      ...good,
      stdout: expect.stringContaining('when the grace is over'),
    });
    await graceIsOver(guide);
    expect(await guide.step('drain')).toMatchObject({
      ...good,
      stdout: expect.stringContaining('0 orphans, 0 missing'),
    });

    expect(await last.fetchAll()).toEqual(uploaded);
    expect(await readdir(join(guide.directory, 'avatars')).catch(() => [])).toEqual([]);
  }, 240_000);
});

describe('the production guide, with one bucket for all that is private', () => {
  it('prepares both buckets, and says that all is well', async () => {
    await using guide = await openGuide({ BUCKETS: '2' });

    const prepared = await guide.step('two-buckets');
    await guide.deploy('disk');
    const checked = await guide.step('check');

    expect(prepared).toMatchObject(good);
    expect(checked).toMatchObject({
      ...good,
      stdout: expect.stringMatching(/ 0 bad, .*bucket gone: good.*exports gone: good/s),
    });
  }, 120_000);
});

/** An export of last week, whose URL leads to it. */
async function madeExport(guide: Guide, site: string): Promise<void> {
  const made = await fetch(new URL('/exports', site), { method: 'POST' });
  const { url } = (await made.json()) as { url: string };
  expect(await (await fetch(url)).text()).toBe('id\r\n1');
  await query(guide, `update member_export set created_at = now() - interval '8 days'`);
}

/** The page names the style by the domain of the static files, which browsers keep for ever. */
async function styled(site: string, domain: string): Promise<void> {
  const page = await (await fetch(site)).text();
  const [, style = ''] = /href="([^"]+\.css)"/.exec(page) ?? [];
  const { status, headers } = await fetch(style);
  expect(style).toMatch(new RegExp(`^${domain}/css/site\\.[0-9a-f]{12}\\.css$`));
  expect([status, headers.get('cache-control')]).toEqual([
    200,
    'public, max-age=31536000, immutable',
  ]);
}

async function graceIsOver(guide: Guide): Promise<void> {
  await query(guide, `update file_journal set due_at = now() where reason = 'migrated'`);
}

async function query({ databaseUrl }: Guide, sql: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
