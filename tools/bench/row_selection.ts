// Which rows the words of --rows mean. Pure.

export interface NamedRow {
  readonly name: string;
  readonly group: string;
}

/** Rows whose group is one of the comma-separated words, or whose name begins with one; all when there are none. */
export function selectRows<Row extends NamedRow>(rows: readonly Row[], words: string): Row[] {
  const wanted = words
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (wanted.length === 0) return [...rows];
  return rows.filter((row) =>
    wanted.some((word) => row.group === word || row.name === word || row.name.startsWith(`${word} `)),
  );
}
