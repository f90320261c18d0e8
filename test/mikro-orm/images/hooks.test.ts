import { FieldFile } from '@filefield/core';
import { imageField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';
import { describe, expect, it } from 'vitest';
import { png } from '../../support/image-bytes.ts';
import { createApp } from '../support.ts';

const image = (width: number) => FieldFile.from(png({ width }), { filename: 'a.png' });

const Card = defineEntity({
  name: 'Card',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string(),
    image: imageField({ widthProperty: 'width' }).nullable(),
    width: p.integer().nullable(),
  }),
  hooks: {
    beforeCreate: [({ entity }) => void (entity.image = image(5))],
    beforeUpdate: [
      ({ entity }) => void (entity.image = entity.title === 'clear' ? null : image(7)),
    ],
  },
});

describe('an image assigned in a hook of the entity', () => {
  it('is measured by the statement that writes it', async () => {
    const app = await createApp([Card]);
    const em = app.em();
    const width = async () => (await app.sql('select width from card'))[0]?.['width'];

    const card = em.create(Card, { title: 'new' });
    await em.flush();
    const created = [card.width, await width()];
    card.title = 'changed';
    await em.flush();
    const updated = [card.width, await width()];
    card.title = 'clear';
    await em.flush();

    expect([created, updated]).toEqual([
      [5, 5],
      [7, 7],
    ]);
    expect([card.image, card.width, await width()]).toEqual([null, null, null]);
  });
});
