import sharp from 'sharp';

/** A JPEG with as much detail as a telephone's photograph: noise of several grains. */
export async function noisyPhotograph(pixels: number): Promise<Buffer> {
  const width = Math.round(Math.sqrt((pixels * 4) / 3));
  const height = Math.round(width * 0.75);
  const grain = async (scale: number, sigma: number) =>
    sharp({
      create: {
        width: Math.ceil(width / scale),
        height: Math.ceil(height / scale),
        channels: 3,
        background: '#888',
        noise: { type: 'gaussian', mean: 128, sigma },
      },
    })
      .resize(width, height, { fit: 'fill' })
      .png({ compressionLevel: 1 })
      .toBuffer();
  return sharp(await grain(64, 60))
    .composite([
      { input: await grain(8, 40), blend: 'overlay' },
      { input: await grain(2, 12), blend: 'soft-light' },
    ])
    .jpeg({ quality: 88 })
    .toBuffer();
}
