/** Rows of numbers as text, where there are more columns than a plane has. */
import { useState } from "preact/hooks";
import { Button, Field } from "../shared/ui";
import { play as texts } from "../texts/play";
import type { Work } from "./forger";
import { rowsOf } from "./points";

interface RowsProps {
  columns: readonly string[];
  most: number;
  hand: (work: Work) => void;
}

export function RowsPad({ columns, most, hand }: RowsProps) {
  const [text, setText] = useState("");
  const { rows, bad } = rowsOf(text, columns.length);
  const words = texts.forger;
  return (
    <section class="pl-studio" aria-label={words.rows}>
      <Field label={words.rows}>
        <textarea
          rows={14}
          spellcheck={false}
          value={text}
          placeholder={words.rowsHint(columns)}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </Field>
      {bad === 0 ? null : (
        <p class="small pl-trouble" role="status">
          {words.rowsBad(bad)}
        </p>
      )}
      <Button kind="main" disabled={rows.length === 0} onClick={() => hand({ rows: rows.slice(0, most) })}>
        {words.judgeRows}
      </Button>
    </section>
  );
}
