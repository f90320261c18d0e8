import { FieldFile } from '@filefield/core';
import type { EntityClass } from '@mikro-orm/postgresql';
import { expect } from 'vitest';
import { jpeg } from '../../support/image-bytes.ts';
import { createApp } from '../support.ts';

/** What both kinds of decorators declare. */
export interface Picture {
  id: number;
  tall: number | null;
  image?: FieldFile | null;
  wide?: number | null;
}

/** Flushes an image of the entity, and expects its measures where they were declared. */
export async function measuresAreKept(entity: EntityClass<Picture>): Promise<void> {
  const app = await createApp([entity]);
  const em = app.em();
  const image = FieldFile.from(jpeg({ width: 40, height: 30, orientation: 6 }), {
    filename: 'a.jpg',
  });

  em.create(entity, { image } as never);
  await em.flush();

  const [loaded] = await app.em().find(entity, {});
  expect(loaded).toMatchObject({ wide: 30, tall: 40, image: { width: 30, height: 40 } });
}
