import type { FileIssue } from '@filefield/core';
import {
  imageIssues,
  ImageInspection,
  isMeasurable,
  type ByteWatch,
  type ImageLimits,
  type ImageSize,
} from '@filefield/core/binding';

/** What an image field knows of a file besides its bytes. */
export interface ImageCheckOptions {
  /** As the sender says. */
  readonly declared: string | undefined;
  readonly accept: readonly string[] | undefined;
}

/** What an image field asks of one file that is read, and what it learns of it. */
export class ImageCheck {
  readonly #limits: ImageLimits;
  readonly #options: ImageCheckOptions;
  #inspection: ImageInspection | undefined;

  constructor(limits: ImageLimits, options: ImageCheckOptions) {
    this.#limits = limits;
    this.#options = options;
  }

  /** What its first bytes and its name say against it. */
  issues(facts: Omit<Parameters<typeof imageIssues>[0], 'declared'>): FileIssue[] {
    const { declared, accept } = this.#options;
    return imageIssues({ ...facts, declared }, accept);
  }

  /** Who looks at its bytes; nobody where it is no image, or an SVG. */
  watch(
    { type }: { readonly type: string },
    purpose: 'judge' | 'measure' = 'judge',
  ): ByteWatch | undefined {
    const inspection = isMeasurable(type) ? new ImageInspection(type, this.#limits) : undefined;
    this.#inspection = inspection;
    if (inspection === undefined || purpose === 'judge') return inspection;
    return {
      pass(chunk) {
        inspection.pass(chunk);
        return [];
      },
      end: () => [],
    };
  }

  /** Pixels, once its header has passed; `undefined` of an SVG. */
  get size(): ImageSize | undefined {
    return this.#inspection?.size;
  }
}
