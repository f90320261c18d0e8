import type { VariantDefinitions } from '@filefield/core';
import type { ImageLimits } from '@filefield/core/binding';
import type { FileFieldOptions, FilePropertyOptions } from './file-field-options.ts';

/** Properties of an entity that can hold a number of pixels; none where the entity is not known. */
export type NumberKey<Entity> = object extends Entity
  ? never
  : {
      [Key in keyof Entity]-?: [NonNullable<Entity[Key]>] extends [number]
        ? [NonNullable<Entity[Key]>] extends [never]
          ? never
          : Key
        : never;
    }[keyof Entity] &
      string;

/** Whether these are properties of the entity that can hold a number; `never`, and so an error, where they are not. */
export type Measures<Entity, Width extends string, Height extends string> = [
  Given<Width> | Given<Height>,
] extends [NumberKey<Entity>]
  ? unknown
  : never;

/** TypeScript infers `string` for an option that is not there. */
type Given<Name extends string> = string extends Name ? never : Name;

/**
 * When the variants of an image are made: `background` by a worker once the row is committed, `on-demand` when their URL
 * is asked for, `eager` by the flush, which then refuses an image that cannot be made smaller.
 */
export type VariantGeneration = 'background' | 'on-demand' | 'eager';

/** What an image field has beyond a file field. `Entity` is the entity that declares it. */
export interface ImageOptions<Width extends string = string, Height extends string = string> {
  /** Property that gets the width in pixels with every file that a flush writes, and `null` with an empty field. Default: none. */
  readonly widthProperty?: Width;
  /** Property that gets the height. Default: none. */
  readonly heightProperty?: Height;
  /** Most pixels, width times height: who decodes an image needs 4 bytes for each. Default 50,000,000. */
  readonly maxPixels?: number;
  /** Most frames of an animation; `1` refuses animations. Default 1,000. */
  readonly maxFrames?: number;
  /** Whether width and height are those of the image turned upright as its EXIF block says. Default `false`, as in Django. */
  readonly applyOrientation?: boolean;
  /** Images that are made of each image, by their names: `{ thumb: resize(200, 200, 'cover') }`. Default: none. */
  readonly variants?: VariantDefinitions;
  /** When they are made. Default `background`. */
  readonly generate?: VariantGeneration;
  /** Whether a blurred picture of about 25 bytes is kept in the row; made together with the variants. Default `false`. */
  readonly placeholder?: boolean;
}

/** How an image field stores its images. */
export type ImageFieldOptions<
  Entity extends object = object,
  Width extends string = string,
  Height extends string = string,
> = FileFieldOptions<Entity> & ImageOptions<Width, Height>;

/** Options of `@ImageField()`. */
export type ImageFieldDeclaration<
  Entity extends object = object,
  Width extends string = string,
  Height extends string = string,
> = ImageFieldOptions<Entity, Width, Height> & FilePropertyOptions<Entity>;

/** The options after defaults. */
export interface ImageSettings extends ImageLimits {
  readonly widthProperty: string | undefined;
  readonly heightProperty: string | undefined;
  /** All that are declared. */
  readonly declared: VariantDefinitions;
  /** Of these the ones that the library makes; once the ORM has discovered the field, without those that a service makes. */
  readonly variants: VariantDefinitions;
  readonly generate: VariantGeneration;
  readonly placeholder: boolean;
}

/** Fills in the defaults. */
export function imageSettings(options: ImageOptions): ImageSettings {
  return {
    widthProperty: options.widthProperty,
    heightProperty: options.heightProperty,
    maxPixels: options.maxPixels ?? 50_000_000,
    maxFrames: options.maxFrames ?? 1000,
    applyOrientation: options.applyOrientation ?? false,
    declared: options.variants ?? {},
    variants: options.variants ?? {},
    generate: options.generate ?? 'background',
    placeholder: options.placeholder ?? false,
  };
}
