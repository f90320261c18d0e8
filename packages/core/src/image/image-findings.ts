import { exifOrientation } from './exif-orientation.ts';

/** What the structure of an image tells. */
export class ImageFindings {
  /** Pixels, as stored. */
  width: number | undefined;
  height: number | undefined;
  /** As in EXIF: 1 to 8; 5 and more exchange width and height. */
  orientation = 1;
  /** Frames of an animation; 1 of every other image. */
  frames = 0;
  /** The most pixels that a decoder is told to make room for. */
  pixels = 0;

  /** The first measure is the image's; others count for {@link pixels} alone. */
  measure(width: number, height: number): void {
    this.pixels = Math.max(this.pixels, width * height);
    if (this.width !== undefined) return;
    this.width = width;
    this.height = height;
  }

  /** Reads the orientation out of an EXIF block. */
  exif(bytes: Uint8Array): void {
    this.orientation = exifOrientation(bytes) ?? this.orientation;
  }
}
