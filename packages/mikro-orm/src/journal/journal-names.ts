/** The journal's table, in the schema that the extension is told; always qualified in SQL. */
export const journalTable = 'file_journal';

/** The table of originals whose variants are still to be made, beside the journal. */
export const variantWorkTable = 'file_variant_work';

/** The unique index that lets one name be deleted once at a time; what the guard above READ COMMITTED runs into. */
export const deletingIndex = 'file_journal_deleting';

/** The constraint that a file trigger names when a statement references an object that is being deleted or gone. */
export const reclaimedConstraint = 'file_journal_reclaimed';

/** How the names of all file triggers and functions begin. */
export const prefix = 'filefield_';

/** The trigger that journals TRUNCATE; has no argument, and stays, without effect, on a table that lost its last file column. */
export const truncateTrigger = 'filefield_truncate';

/**
 * Bytes that a name, and an alias, may have at most. No object has a longer name, and what a statement wrote past the
 * library must not break the worker: the unique index could not keep it.
 */
export const journaledBytes = 1024;
