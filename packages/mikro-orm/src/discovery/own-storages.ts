import type { StorageFactory, Storages } from '@filefield/core';
import type { EntityMetadata, EntityProperty, MetadataStorage } from '@mikro-orm/core';
import { fileTypeOf } from './file-property.ts';

/**
 * Registers the storages that fields bring along, under `Entity.property` of the entity whose table keeps them, or of
 * the embeddable: entities of one table share one alias.
 *
 * @param registered Aliases of an earlier discovery, which are left as they are; gets the new ones.
 * @throws {@link StorageOptionsError} when somebody defined such an alias already.
 */
export function withOwnStorages(
  storages: Storages,
  metadata: MetadataStorage,
  registered: Set<string>,
): Storages {
  const factories = new Map<string, StorageFactory>();
  for (const meta of metadata) {
    for (const prop of meta.props) {
      const type = fileTypeOf(prop);
      const own = type?.settings.ownStorage;
      if (type === undefined || own === undefined) continue;
      const alias = declaringProperty(metadata, meta, prop, own);
      if (!registered.has(alias)) factories.set(alias, own);
      type.settings = { ...type.settings, storage: alias };
    }
  }
  for (const alias of factories.keys()) registered.add(alias);
  return factories.size === 0 ? storages : storages.extend(Object.fromEntries(factories));
}

function declaringProperty(
  metadata: MetadataStorage,
  meta: EntityMetadata,
  prop: EntityProperty,
  own: StorageFactory,
): string {
  const [parent, inner] = prop.embedded ?? [];
  const embeddable = parent === undefined ? undefined : meta.properties[parent]?.targetMeta;
  const name = inner ?? prop.name;
  let owner = embeddable ?? meta;
  for (;;) {
    const base = owner.extends && metadata.find(owner.extends);
    const inherited = base && base.properties[name];
    if (!base || !inherited || fileTypeOf(inherited)?.settings.ownStorage !== own) break;
    owner = base;
  }
  return `${owner.className}.${name}`;
}
