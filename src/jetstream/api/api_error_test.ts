import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiError, isApiError } from './api_error.ts';
import { API_ERRORS } from './api_errors.ts';

test('the table has every row of the reference, each number once', () => {
  const rows = Object.values(API_ERRORS);
  assert.equal(rows.length, 227);
  assert.equal(new Set(rows.map((row) => row.err_code)).size, rows.length);
  for (const row of rows) assert.ok(row.err_code >= 10_000 && row.code >= 400);
});

test('apiError() gives the row itself where the text has no placeholder', () => {
  assert.equal(apiError('JSStreamNotFoundErr'), API_ERRORS.JSStreamNotFoundErr);
  assert.deepEqual(apiError('JSStreamNotFoundErr'), { code: 404, err_code: 10059, description: 'stream not found' });
});

test('apiError() fills every placeholder once, and never looks into what it filled in', () => {
  const error = apiError('JSStreamExternalApiOverlapErrF', { prefix: '{subject}', subject: '$JS.API' });
  assert.equal(error.description, 'stream external api prefix {subject} must not overlap with $JS.API');
  assert.ok(isApiError(error, 'JSStreamExternalApiOverlapErrF'));
});
