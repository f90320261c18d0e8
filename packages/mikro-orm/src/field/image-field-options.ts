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
}

/** Fills in the defaults. */
export function imageSettings(options: ImageOptions): ImageSettings {
  return {
    widthProperty: options.widthProperty,
    heightProperty: options.heightProperty,
    maxPixels: options.maxPixels ?? 50_000_000,
    maxFrames: options.maxFrames ?? 1000,
    applyOrientation: options.applyOrientation ?? false,
  };
}
