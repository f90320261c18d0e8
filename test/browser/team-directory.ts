import { describe } from 'vitest';
import { describeDirectUploads } from './direct-uploads.ts';
import { describeDocuments } from './documents.ts';
import { describeForms } from './forms.ts';
import { describeHostileFiles } from './hostile-files.ts';
import { describeLargeFiles } from './large-files.ts';
import { describePages } from './pages.ts';
import { describePhotos } from './photos.ts';
import type { Place } from './place.ts';

/** Everything the example does for people, wherever it keeps the files. */
export function describeTeamDirectory(place: Place): void {
  describeForms(place.team);
  describe('a direct upload', () => describeDirectUploads(place));
  describe('a large file', () => describeLargeFiles(place));
  describe('a document', () => describeDocuments(place));
  describe('a photo', () => describePhotos(place));
  describe('a hostile file', () => describeHostileFiles(place));
  describe('the pages', () => describePages(place));
}
