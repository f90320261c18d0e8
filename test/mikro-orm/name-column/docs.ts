import { fileField } from '@filefield/mikro-orm';
import { defineEntity } from '@mikro-orm/postgresql';

/** Fields that hold only names, each with its own rules. */
export const Doc = defineEntity({
  name: 'Doc',
  properties: (p) => ({
    id: p.integer().primary(),
    title: p.string().nullable(),
    file: fileField({ column: 'name', uploadTo: 'docs/' }).nullable(),
    django: fileField({ column: 'name', uploadTo: 'docs/', naming: 'django' }).nullable(),
    owned: fileField({ column: 'name', onDelete: 'reclaim', onReplace: 'reclaim' }).nullable(),
    other: fileField({ column: 'name', storage: 'other', onReplace: 'reclaim' }).nullable(),
    lazy: fileField({ column: 'name' }).nullable().lazy(),
    row: fileField({ uploadTo: 'rows/' }).nullable(),
  }),
});
