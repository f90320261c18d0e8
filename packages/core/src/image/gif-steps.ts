import { BrokenImage, numbersIn, type ByteSteps } from './byte-steps.ts';
import type { ImageFindings } from './image-findings.ts';

/** Block by block to the trailer (GIF89a, appendix B). */
export function* gifSteps(found: ImageFindings): ByteSteps {
  yield { skip: 6 };
  const screen = numbersIn(yield { take: 7 });
  found.measure(screen.getUint16(0, true), screen.getUint16(2, true));
  yield { skip: tableBytes(screen.getUint8(4)) };
  for (;;) {
    const [block] = yield { take: 1 };
    if (block === 0x3b) {
      if (found.frames === 0) throw new BrokenImage('it holds no pixels');
      return;
    }
    if (block === 0x2c) {
      const frame = numbersIn(yield { take: 9 });
      found.frames += 1;
      found.measure(frame.getUint16(4, true), frame.getUint16(6, true));
      yield { skip: tableBytes(frame.getUint8(8)) + 1 };
      yield* subBlocks(false);
    } else if (block === 0x21) {
      yield { skip: 1 };
      yield* subBlocks(true);
    } else throw new BrokenImage('it holds no block where one has to be');
  }
}

function* subBlocks(isText: boolean): ByteSteps {
  for (;;) {
    const [length = 0] = yield { take: 1 };
    if (length === 0) return;
    yield { skip: length, isText };
  }
}

function tableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}
