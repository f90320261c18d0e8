import type { FieldFile } from '@filefield/core';
import { imageField } from '@filefield/mikro-orm';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { createApp } from '../support.ts';
import type { Photo } from './entities.ts';

const Frame = defineEntity({
  name: 'Frame',
  embeddable: true,
  properties: () => ({ image: imageField({ widthProperty: 'width' }).nullable() }),
});

const one = { id: p.integer().primary(), width: p.integer().nullable() };
const both = (name: string) => imageField({ widthProperty: name }).nullable();

const mistakes: [reason: string, properties: Record<string, unknown>][] = [
  ['"wide" is no property of Card', { ...one, image: both('wide') }],
  ['"title" is no property for numbers', { ...one, title: p.string(), image: both('title') }],
  ['"image" is no property for numbers', { ...one, image: both('image') }],
  ['"id" is no property for numbers', { ...one, image: both('id') }],
  [
    '"count" must be nullable, as the image is',
    { ...one, count: p.integer(), image: both('count') },
  ],
  [
    '"made" has no column that can be written',
    { ...one, made: p.integer().persist(false).nullable(), image: both('made') },
  ],
  [
    '"width" cannot hold both width and height',
    { ...one, image: imageField({ widthProperty: 'width', heightProperty: 'width' }).nullable() },
  ],
  ['a unique column is written by statements', { ...one, image: both('width').unique() }],
  ['maxPixels 0 is not a positive whole number', { ...one, image: imageField({ maxPixels: 0 }) }],
  ['maxFrames 1.5 is not a positive', { ...one, image: imageField({ maxFrames: 1.5 }) }],
  ['inside an embeddable only the file itself', { ...one, frame: () => p.embedded(Frame) }],
];

describe('imageField() in defineEntity', () => {
  it.each(mistakes)('stops the start: %s', async (reason, properties) => {
    const Card = defineEntity({ name: 'Card', properties: properties as typeof one });

    await expect(createApp([Card])).rejects.toMatchObject({
      code: 'FIELD_DEFINITION',
      message: expect.stringContaining(reason),
    });
  });

  it('is a FieldFile to TypeScript, and knows the properties of an entity that it is told', () => {
    const field = () =>
      imageField<Photo>({ widthProperty: 'width', heightProperty: 'thumbHeight' });
    // @ts-expect-error: it holds a file
    const wrong = () => imageField<Photo>({ widthProperty: 'file' });
    // @ts-expect-error: there is none
    const missing = () => imageField<Photo>({ heightProperty: 'tallness' });

    expect([field, wrong, missing]).toHaveLength(3);
    expectTypeOf<NonNullable<Photo['image']>>().toExtend<FieldFile>();
  });
});
