/** Rows as text that a spreadsheet opens. */

export function csvOf(columns: readonly string[], rows: readonly (readonly (number | null)[])[]): string {
  const lines = [columns.map(quoted).join(","), ...rows.map((row) => row.map((value) => value ?? "").join(","))];
  return `${lines.join("\r\n")}\r\n`;
}

function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
