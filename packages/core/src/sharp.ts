export { sharpEngine, type SharpEngineOptions } from './sharp/sharp-engine.ts';
export type {
  ImageEngine,
  RenderedImage,
  RenderedImages,
  RenderRequest,
} from './variant/image-engine.ts';
export type { ImageFit, Resize, VariantType } from './variant/variant-definition.ts';
