export {
  cloudflareImages,
  type CloudflareImagesOptions,
} from './variant/transformers/cloudflare-images.ts';
export {
  cloudfrontImages,
  type CloudfrontImagesOptions,
} from './variant/transformers/cloudfront-images.ts';
export { imgproxy, type ImgproxyOptions } from './variant/transformers/imgproxy.ts';
export type { TransformSource } from './variant/transformers/transform-source.ts';
export type { ImageTransformer, TransformRequest } from './variant/image-transformer.ts';
