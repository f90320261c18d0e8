/** What differs between storages. */
export interface Places {
  /** Of the storage `public`. */
  readonly location: string;
  readonly publicUrl: string;
  readonly privateUrl: string;
}

/** What the example 01-first-file prints, whatever its storages. */
export const firstFileReport = ({
  location,
  publicUrl,
  privateUrl,
}: Places): string => `PostgreSQL listens on port 00000; the files of "public" are in
${location}

1. Save three files with one flush
   storage  public   photos/lighthouse_aaaaaa….png     34,373
            private  agreements/agreement_bbbbbb….pdf     794
            private  notes/ada/notes_cccccc….txt          128
   journal  empty
   → Uploaded first, then INSERT. The journal listed the names meanwhile; the INSERT took them off.

2. Read them back in chunks
   lighthouse.png  34,373  10000 + 10000 + 10000 + 4373
   agreement.pdf      794  794
   notes.txt          128  3 lines
   storage  as before
   journal  as before
   → Chunks have exactly the size asked for; the SHA-256 of the row is checked on the way.

3. List name, size, type and URL
   lighthouse.png  34,373  image/png        ${publicUrl}photos/lighthouse_aaaaaa….png
   agreement.pdf      794  application/pdf  ${privateUrl}agreements/agreement_bbbbbb….pdf?…
   notes.txt          128  text/plain       ${privateUrl}notes/ada/notes_cccccc….txt?…
   storage  as before
   journal  as before
   → All from the row, without a request. URLs of private files are signed and end after an hour.

4. Rename the photo
   storage  public   photos/lighthouse_aaaaaa….png     34,373
            public   photos/portrait_dddddd….png       34,373
            private  agreements/agreement_bbbbbb….pdf     794
            private  notes/ada/notes_cccccc….txt          128
   journal  public  photos/lighthouse_aaaaaa….png  to be deleted now
   → The object was copied under a new name; the UPDATE put the old one into the journal.

5. Replace the notes
   storage  public   photos/lighthouse_aaaaaa….png     34,373
            public   photos/portrait_dddddd….png       34,373
            private  agreements/agreement_bbbbbb….pdf     794
            private  notes/ada/notes_cccccc….txt          128
            private  notes/ada/thursday_eeeeee….txt        22
   journal  private  notes/ada/notes_cccccc….txt    to be deleted now
            public   photos/lighthouse_aaaaaa….png  to be deleted now
   → No name is ever used twice, so bytes under a name never change and URLs may be cached.

6. Roll a transaction back
   rolled back: the keeper came back
   the value: <FieldFile: pending friday.txt>
   storage  public   photos/lighthouse_aaaaaa….png     34,373
            public   photos/portrait_dddddd….png       34,373
            private  agreements/agreement_bbbbbb….pdf     794
            private  notes/ada/friday_ffffff….txt          32
            private  notes/ada/notes_cccccc….txt          128
            private  notes/ada/thursday_eeeeee….txt        22
   journal  private  notes/ada/friday_ffffff….txt   to be deleted in 24 h
            private  notes/ada/notes_cccccc….txt    to be deleted now
            public   photos/lighthouse_aaaaaa….png  to be deleted now
   → The row holds the old notes. The upload waits in the journal: the file is pending again.

7. Flush again
   row  notes/ada/friday_ffffff….txt  "Friday: the keeper went ashore.\\n"
   storage  as before
   journal  private  notes/ada/notes_cccccc….txt     to be deleted now
            private  notes/ada/thursday_eeeeee….txt  to be deleted now
            public   photos/lighthouse_aaaaaa….png   to be deleted now
   → The stream could be read only once, and was: the object that waited became the file.

8. Delete the row with raw SQL
   storage  as before
   journal  private  agreements/agreement_bbbbbb….pdf  to be deleted now
            private  notes/ada/friday_ffffff….txt      to be deleted now
            private  notes/ada/notes_cccccc….txt       to be deleted now
            private  notes/ada/thursday_eeeeee….txt    to be deleted now
            public   photos/lighthouse_aaaaaa….png     to be deleted now
            public   photos/portrait_dddddd….png       to be deleted now
   → No code of the application ran: a trigger put the names of the row into the journal.

9. Reclaim what no row references
   deleted 6 objects, 0 problems
   storage  empty
   journal  private  agreements/agreement_bbbbbb….pdf  deleted, the name stays barred
            private  notes/ada/friday_ffffff….txt      deleted, the name stays barred
            private  notes/ada/notes_cccccc….txt       deleted, the name stays barred
            private  notes/ada/thursday_eeeeee….txt    deleted, the name stays barred
            public   photos/lighthouse_aaaaaa….png     deleted, the name stays barred
            public   photos/portrait_dddddd….png       deleted, the name stays barred
   → The grace is 0 here. The default keeps files for 24 hours, and files.restore() brings one back.
`;
