import { FieldDefinitionError, type ImageEngine, type VariantDefinition } from '@filefield/core';
import type { FileProperty } from '../discovery/file-property.ts';
import { makesImages, needsEngine } from './wanted-variants.ts';

const modes: readonly unknown[] = ['background', 'on-demand', 'eager'];

/** @throws {@link FieldDefinitionError} when the variants of an image field cannot be made, stored or named. */
export function assertVariants(
  { field, type: { settings } }: FileProperty,
  engine: ImageEngine | undefined,
): void {
  const { image, column } = settings;
  if (image === undefined) return;
  const { generate } = image;
  for (const [variant, definition] of Object.entries(image.declared)) {
    const problem = nameProblem(variant) ?? definitionProblem(definition);
    if (problem !== undefined) {
      throw new FieldDefinitionError(field, `variant ${JSON.stringify(variant)} ${problem}`);
    }
  }
  if (!modes.includes(generate)) {
    const known = modes.map((mode) => JSON.stringify(mode)).join(', ');
    const reason = `generate ${JSON.stringify(generate)} is not known, it is one of ${known}`;
    throw new FieldDefinitionError(field, reason);
  }
  if (column === 'name' && makesImages(image)) {
    const reason = `column: 'name' keeps nothing but the name, and cannot list variants or keep a placeholder`;
    throw new FieldDefinitionError(field, reason);
  }
  if (generate === 'eager' && needsEngine(image) && engine === undefined) {
    const reason = `generate "eager" needs an engine, pass fileFields({ variants: { engine: sharpEngine() } })`;
    throw new FieldDefinitionError(field, reason);
  }
}

/** Part of names of objects and of URLs. */
function nameProblem(variant: string): string | undefined {
  if (/^[a-z][\w-]{0,63}$/i.test(variant)) return undefined;
  return 'has no usable name: up to 64 letters, digits, "_" and "-", a letter first';
}

/** What only the compiler would say. */
function definitionProblem(definition: unknown): string | undefined {
  const { type, resize, make, fingerprint }: Partial<VariantDefinition> = Object(definition);
  const isTyped = typeof type === 'string' && type.startsWith('image/');
  const isEither = (typeof resize === 'object') !== (typeof make === 'function');
  const isMade = isTyped && isEither && typeof fingerprint === 'string' && fingerprint !== '';
  return isMade ? undefined : 'is no definition, make it with resize() or variant()';
}
