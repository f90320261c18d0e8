import { BrokenImage, latin1, numbersIn, type ByteSteps } from './byte-steps.ts';
import type { ImageFindings } from './image-findings.ts';

/** Chunk by chunk to IEND; frames are those of APNG (PNG, Third Edition, §5 and §11). */
export function* pngSteps(found: ImageFindings): ByteSteps {
  yield { skip: 8 };
  let hasPixels = false;
  let frames = 0;
  for (let isFirst = true; ; isFirst = false) {
    const header = yield { take: 8 };
    const length = numbersIn(header).getUint32(0);
    const type = latin1(header, 4, 8);
    if (length > 0x7fffffff || !/^[a-z]{4}$/i.test(type) || isFirst !== (type === 'IHDR')) {
      throw new BrokenImage('it holds no chunk where one has to be');
    }
    if (type === 'IHDR') {
      if (length !== 13) throw new BrokenImage('its header has another length');
      const size = numbersIn(yield { take: 13 });
      found.measure(size.getUint32(0), size.getUint32(4));
      yield { skip: 4 };
    } else if (type === 'acTL' && length === 8) {
      // What is announced counts as well as what is there: decoders make room for it.
      found.frames = Math.max(found.frames, numbersIn(yield { take: 8 }).getUint32(0));
      yield { skip: 4 };
    } else if (type === 'eXIf' && length <= 65_536) {
      found.exif(yield { take: length, isText: true });
      yield { skip: 4 };
    } else {
      if (type === 'fcTL') found.frames = Math.max(found.frames, ++frames);
      if (type === 'IDAT') hasPixels = true;
      yield { skip: length + 4, isText: !/^(?:IDAT|fdAT|PLTE)$/.test(type) };
    }
    if (type !== 'IEND') continue;
    if (!hasPixels) throw new BrokenImage('it holds no pixels');
    return;
  }
}
