// Makes refusals of the JetStream API out of the generated table. Pure; used by everything that checks a request.
// A refusal is a value with the three fields as they go out in JSON; nothing here is ever thrown.
import { field, INT, type JsonType, optional, STRING, struct } from '../json/json_type.ts';
import { API_ERRORS } from './api_errors.ts';

export type ApiErrorName = keyof typeof API_ERRORS;

export interface ApiError {
  readonly code: number;
  readonly err_code: number;
  readonly description: string;
}

export const API_ERROR: JsonType<ApiError> = struct<ApiError>('ApiError', {
  code: field(INT),
  err_code: optional(INT),
  description: optional(STRING),
});

type Placeholders<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Placeholders<Rest> : never;
type Values<Name extends ApiErrorName> = Record<
  Placeholders<(typeof API_ERRORS)[Name]['description']>,
  string | number
>;

/** The row itself where it has no placeholder, a copy with the placeholders filled in one pass where it has. */
export function apiError<Name extends ApiErrorName>(
  name: Name,
  ...values: Placeholders<(typeof API_ERRORS)[Name]['description']> extends never ? [] : [Values<Name>]
): ApiError {
  const row: ApiError = API_ERRORS[name];
  const filling: Readonly<Record<string, string | number>> | undefined = values[0];
  if (filling === undefined) return row;
  const description = row.description.replace(/\{(\w+)\}/g, (tag, key: string) => String(filling[key] ?? tag));
  return { code: row.code, err_code: row.err_code, description };
}

/** Whether a refusal is this row, whatever its placeholders were filled with. */
export function isApiError(error: ApiError, name: ApiErrorName): boolean {
  return error.err_code === API_ERRORS[name].err_code;
}
