import {
  FileExistsError,
  FileNotFoundError,
  FileValidationError,
  InvalidNameError,
  NoFileError,
  StorageError,
  StorageOptionsError,
  UploadRejectedError,
  type UploadRejection,
} from '@filefield/core';
import { errorResponse, FormError } from '@filefield/http';
import { describe, expect, it } from 'vitest';

describe('the answer to an error', () => {
  it.each<[error: Error, status: number, code: string]>([
    [new FileNotFoundError('open', { name: 'a.txt' }), 404, 'FILE_NOT_FOUND'],
    [new NoFileError('avatar'), 404, 'NO_FILE'],
    [new FileExistsError('save', { name: 'a.txt' }), 409, 'FILE_EXISTS'],
    [new InvalidNameError('..', 'it has the component ".."'), 400, 'INVALID_NAME'],
    [new FormError(413, 'it has more than 100 fields'), 413, 'FORM'],
  ])('tells the client: %s', async (error, status, code) => {
    const response = errorResponse(error);

    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toMatchObject({ error: { code } });
  });

  it('lists what is wrong with a file', async () => {
    const issues = [{ validator: 'maxSize', message: '6.1 MB is over the limit of 5 MB' }];

    const response = errorResponse(new FileValidationError('User.avatar', issues));

    expect(response.status).toBe(422);
    expect(await response.json()).toEqual({
      error: {
        code: 'FILE_VALIDATION',
        message: 'Cannot save User.avatar: 6.1 MB is over the limit of 5 MB',
        issues,
      },
    });
  });

  it.each<[reason: UploadRejection, status: number]>([
    ['forged', 403],
    ['expired', 403],
    ['used', 409],
    ['field', 403],
    ['subject', 403],
    ['size', 413],
    ['type', 415],
    ['missing', 404],
    ['changed', 409],
  ])('tells why an upload is refused: %s', async (reason, status) => {
    const response = errorResponse(new UploadRejectedError(reason, 'Cannot claim the upload'));

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code: 'UPLOAD_REJECTED', reason } });
  });

  it('tells what is wrong with a form, and nothing else of the error', async () => {
    const error = new FormError(413, 'it is too large', { field: 'avatar', cause: new Error('x') });

    const response = errorResponse(error);

    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({
      error: { code: 'FORM', message: 'Cannot read "avatar" of the form: it is too large' },
    });
  });

  it('is a sentence for people', async () => {
    const request = new Request('http://localhost/', { headers: { accept: 'text/html' } });

    const response = errorResponse(new NoFileError('avatar'), request);

    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await response.text()).toBe("The 'avatar' attribute has no file associated with it.");
  });

  it.each([
    new StorageError('open', { name: 'a.txt' }, 'the disk is broken'),
    new StorageOptionsError('Cannot use the storage'),
    new Error('anything else'),
  ])('is left to the framework where the client can do nothing: %s', (error) => {
    expect(() => errorResponse(error)).toThrow(error);
  });
});
