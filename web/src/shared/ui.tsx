/** The pieces that pages are made of. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { shared } from "../texts/shared";
import { wordsOf } from "./http";

interface ButtonProps {
  children: ComponentChildren;
  onClick: () => void;
  kind?: "plain" | "main" | "quiet" | "danger";
  disabled?: boolean;
  /** true or false for a switch; it is then told as pressed or not. */
  pressed?: boolean;
  /** For a button that shows an icon only. */
  label?: string;
  title?: string;
  class?: string;
  id?: string;
}

export function Button(props: ButtonProps) {
  const { children, onClick, kind = "plain", disabled = false, pressed, label, title, class: name = "", id } = props;
  return (
    <button
      type="button"
      id={id}
      class={`button ${kind} ${name}`}
      onClick={onClick}
      disabled={disabled}
      aria-pressed={pressed}
      aria-label={label}
      title={title ?? label}
    >
      {children}
    </button>
  );
}

interface Choice<T extends string> {
  value: T;
  words: string;
}

interface TabsProps<T extends string> {
  label: string;
  choices: readonly Choice<T>[];
  chosen: T;
  choose: (value: T) => void;
}

/** One of a few, side by side; arrow keys move. Told as a group of radio buttons. */
export function Tabs<T extends string>({ label, choices, chosen, choose }: TabsProps<T>) {
  const move = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 : event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const at = choices.findIndex((each) => each.value === chosen);
    const next = choices[(at + by + choices.length) % choices.length];
    if (next === undefined) return;
    choose(next.value);
    const group = event.currentTarget as HTMLElement;
    group.querySelectorAll<HTMLElement>("[role=radio]")[choices.indexOf(next)]?.focus();
  };
  return (
    <div class="tabs" role="radiogroup" aria-label={label} onKeyDown={move}>
      {choices.map((each) => (
        <button
          key={each.value}
          type="button"
          role="radio"
          aria-checked={each.value === chosen}
          tabIndex={each.value === chosen ? 0 : -1}
          onClick={() => choose(each.value)}
        >
          {each.words}
        </button>
      ))}
    </div>
  );
}

interface SliderProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step?: number;
  onInput: (value: number) => void;
  /** The value in words, shown beside it and told to screen readers. */
  words?: string;
  hideLabel?: boolean;
  disabled?: boolean;
}

/** A range with its label and its value in words; the browser's own control, so that keys and touch work. */
export function Slider({ label, value, min, max, step = 1, onInput, words, hideLabel = false, disabled = false }: SliderProps) {
  return (
    <label class="slider">
      <span class={hideLabel ? "hidden" : "slider-label"}>{label}</span>
      <input
        type="range"
        value={value}
        min={min}
        max={max}
        step={step}
        disabled={disabled}
        onInput={(event) => onInput(event.currentTarget.valueAsNumber)}
        aria-valuetext={words}
      />
      {words === undefined ? null : <span class="slider-words" aria-hidden="true">{words}</span>}
    </label>
  );
}

interface FieldProps {
  label: string;
  children: ComponentChildren;
  hideLabel?: boolean;
}

/** A label around a field of the browser's own. */
export function Field({ label, children, hideLabel = false }: FieldProps) {
  return (
    <label class="field">
      <span class={hideLabel ? "hidden" : ""}>{label}</span>
      {children}
    </label>
  );
}

interface SelectProps<T extends string> {
  label: string;
  value: T;
  choices: readonly Choice<T>[];
  choose: (value: T) => void;
  hideLabel?: boolean;
}

export function Select<T extends string>({ label, value, choices, choose, hideLabel = false }: SelectProps<T>) {
  return (
    <Field label={label} hideLabel={hideLabel}>
      <select value={value} onChange={(event) => choose(event.currentTarget.value as T)}>
        {choices.map((each) => (
          <option key={each.value} value={each.value}>
            {each.words}
          </option>
        ))}
      </select>
    </Field>
  );
}

interface CheckProps {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  hideLabel?: boolean;
  children?: ComponentChildren;
}

export function Check({ label, checked, onChange, hideLabel = false, children }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      {children}
      <span class={hideLabel ? "hidden" : ""}>{label}</span>
    </label>
  );
}

interface DialogProps {
  title: string;
  open: boolean;
  close: () => void;
  children: ComponentChildren;
}

/** A modal dialog: the browser's own, which keeps the focus inside and gives it back. */
export function Dialog({ title, open, close, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const own = dialog.current;
    if (own === null) return;
    if (open && !own.open) own.showModal();
    if (!open && own.open) own.close();
  }, [open]);
  const outside = (event: MouseEvent): void => {
    if (event.target === dialog.current) close();
  };
  return (
    <dialog ref={dialog} onClose={close} onClick={outside} aria-label={title}>
      {open ? (
        <div class="dialog">
          <h2>{title}</h2>
          {children}
        </div>
      ) : null}
    </dialog>
  );
}

interface AskProps {
  title: string;
  words: string;
  yes: string;
  open: boolean;
  answer: (yes: boolean) => void;
  danger?: boolean;
}

/** A question before something that cannot be taken back. */
export function Ask({ title, words, yes, open, answer, danger = false }: AskProps) {
  return (
    <Dialog title={title} open={open} close={() => answer(false)}>
      <p>{words}</p>
      <div class="row end">
        <Button onClick={() => answer(false)}>{shared.cancel}</Button>
        <Button kind={danger ? "danger" : "main"} onClick={() => answer(true)}>
          {yes}
        </Button>
      </div>
    </Dialog>
  );
}

interface Notice {
  id: number;
  words: string;
  kind: "told" | "failed";
}

const TOLD = "studio:told";
let notices = 0;

/** Tells the reader something in passing: shown for some seconds, and said by screen readers. */
export function toast(words: string, kind: Notice["kind"] = "told"): void {
  window.dispatchEvent(new CustomEvent<Notice>(TOLD, { detail: { id: ++notices, words, kind } }));
}

/** Where toasts appear; once on the page. */
export function Toasts() {
  const [shown, setShown] = useState<readonly Notice[]>([]);
  useEffect(() => {
    const hear = (event: Event): void => {
      const notice = (event as CustomEvent<Notice>).detail;
      setShown((before) => [...before.slice(-2), notice]);
      const stays = notice.kind === "failed" ? 10_000 : 4000;
      setTimeout(() => setShown((before) => before.filter((each) => each.id !== notice.id)), stays);
    };
    window.addEventListener(TOLD, hear);
    return () => window.removeEventListener(TOLD, hear);
  }, []);
  return (
    <div class="toasts" role="status" aria-live="polite" aria-label={shared.notices}>
      {shown.map((each) => (
        <p key={each.id} class={`toast ${each.kind}`}>
          {each.words}
        </p>
      ))}
    </div>
  );
}

/** Says something to screen readers only, whenever the words change. */
export function Live({ words }: { words: string }) {
  return (
    <p class="hidden" aria-live="polite">
      {words}
    </p>
  );
}

interface StateProps {
  title: string;
  children?: ComponentChildren;
}

/** Nothing there yet: what, and what to do about it. */
export function Empty({ title, children }: StateProps) {
  return (
    <div class="state">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** While something loads; shows itself only after a moment, so that quick answers do not flicker. */
export function Loading({ words = shared.loading }: { words?: string }) {
  return (
    <div class="state loading" role="status">
      <span class="spinner" aria-hidden="true" />
      <p>{words}</p>
    </div>
  );
}

interface FailedProps {
  error: unknown;
  again?: () => void;
}

export function Failed({ error, again }: FailedProps) {
  return (
    <div class="state failed" role="alert">
      <p>{wordsOf(error)}</p>
      {again === undefined ? null : <Button onClick={again}>{shared.again}</Button>}
    </div>
  );
}

/** A grey place where something will be; `class` gives it its size. */
export function Skeleton({ class: name = "" }: { class?: string }) {
  return <span class={`skeleton ${name}`} aria-hidden="true" />;
}
