import 'reflect-metadata';
import type { FieldFile } from '@filefield/core';
import { ImageField } from '@filefield/mikro-orm/legacy';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { describe, expect, it } from 'vitest';
import { measuresAreKept, type Picture } from './decorated.ts';

@Entity()
class Painting implements Picture {
  @PrimaryKey({ type: 'integer' })
  id!: number;

  @Property({ type: 'integer', nullable: true })
  tall!: number | null;

  @ImageField({
    uploadTo: 'p/',
    widthProperty: 'wide',
    heightProperty: 'tall',
    applyOrientation: true,
  })
  image?: FieldFile | null;

  @Property({ type: 'integer', nullable: true })
  wide?: number | null;
}

/** What TypeScript refuses; never given to an ORM. */
class Wrong {
  width!: number;
  title!: string;

  @ImageField({ widthProperty: 'width', maxPixels: 10 })
  fine?: FieldFile | null;

  @ImageField<Wrong>({ heightProperty: 'width', uploadTo: ({ title }) => title })
  named?: FieldFile | null;

  // @ts-expect-error: it holds text
  @ImageField({ widthProperty: 'title' })
  text?: FieldFile | null;

  // @ts-expect-error: there is none
  @ImageField({ widthProperty: 'width', heightProperty: 'tallness' })
  missing?: FieldFile | null;

  // @ts-expect-error: there is none
  @ImageField<Wrong>({ widthProperty: 'wideness' })
  told?: FieldFile | null;
}

describe('@ImageField() of @filefield/mikro-orm/legacy', () => {
  it('copies width and height to properties declared before and behind it', async () => {
    await measuresAreKept(Painting);
  });

  it('takes names of properties that hold numbers', () => {
    expect(new Wrong()).toBeInstanceOf(Wrong);
  });
});
