/** The journal's table, in the schema that the extension is told; always qualified in SQL. */
export const journalTable = 'file_journal';

/** The unique index that lets one name be deleted once at a time; what the guard above READ COMMITTED runs into. */
export const deletingIndex = 'file_journal_deleting';

/** The constraint that a file trigger names when a statement references an object that is being deleted or gone. */
export const reclaimedConstraint = 'file_journal_reclaimed';

/** How the names of all file triggers and functions begin. */
export const prefix = 'filefield_';

/** The trigger that journals TRUNCATE; has no argument, and stays, without effect, on a table that lost its last file column. */
export const truncateTrigger = 'filefield_truncate';
