/** The studio's pages: the frame around them, and which address shows which. */
import { render } from "preact";
import { useState } from "preact/hooks";
import { Guard, lazily } from "./shared/lazy";
import { keyName, startKeys, useKeys, useShortcuts } from "./shared/keys";
import { go, hideToken, Link, usePlace, useTitle } from "./shared/router";
import type { Theme } from "./shared/theme";
import { setTheme, startTheme, theme } from "./shared/theme";
import { Button, Dialog, Empty, Toasts } from "./shared/ui";
import { RunFrame } from "./run";
import { shared } from "./texts/shared";

const RunsPage = lazily(() => import("./watch/runs"));
const ComparePage = lazily(() => import("./watch/compare"));

function Page() {
  const { path } = usePlace();
  if (path === "/") return <RunsPage />;
  if (path === "/compare") return <ComparePage />;
  const found = /^\/run\/([^/]+)(?:\/(explore|play))?\/?$/.exec(path);
  if (found === null) return <Lost />;
  const part = found[2] === "explore" || found[2] === "play" ? found[2] : "watch";
  return <RunFrame run={decodeURIComponent(found[1] ?? "")} part={part} />;
}

function Lost() {
  useTitle(`${shared.notFound} · ${shared.title}`);
  return (
    <Empty title={shared.notFound}>
      <p>{shared.notFoundCure}</p>
      <Link to="/" class="button main">
        {shared.toRuns}
      </Link>
    </Empty>
  );
}

const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };

function Themes() {
  const [chosen, setChosen] = useState(theme());
  const turn = (): void => {
    setTheme(NEXT[chosen]);
    setChosen(NEXT[chosen]);
  };
  return (
    <Button kind="quiet" class="icon" onClick={turn} label={shared.theme[chosen]}>
      <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" class={`theme-${chosen}`}>
        <circle cx="10" cy="10" r="6.5" fill="none" stroke="currentColor" stroke-width="1.5" />
        {chosen === "light" ? null : <path d="M10 3.5a6.5 6.5 0 0 1 0 13z" fill="currentColor" />}
        {chosen === "dark" ? <path d="M10 3.5a6.5 6.5 0 0 0 0 13z" fill="currentColor" /> : null}
      </svg>
    </Button>
  );
}

function Keys({ open, close }: { open: boolean; close: () => void }) {
  const all = useShortcuts();
  return (
    <Dialog title={shared.shortcuts} open={open} close={close}>
      <p class="quiet">{shared.shortcutsLead}</p>
      <dl class="keys">
        {all.map((each) => (
          <div key={each.key + each.words}>
            <dt>
              <kbd>{keyName(each.key)}</kbd>
            </dt>
            <dd>{each.words}</dd>
          </div>
        ))}
      </dl>
      <div class="row apart">
        <a class="small quiet" href="/assets/licences.txt" target="_blank">
          {shared.licences}
        </a>
        <Button onClick={close}>{shared.close}</Button>
      </div>
    </Dialog>
  );
}

function Studio() {
  const [keys, setKeys] = useState(false);
  useKeys([
    { key: "?", words: shared.showShortcuts, run: () => setKeys(true) },
    { key: "g", words: shared.toRuns, run: () => go("/") },
  ]);
  return (
    <>
      <a class="skip" href="#main">
        {shared.skip}
      </a>
      <header class="bar">
        <nav aria-label={shared.main}>
          <Link to="/" class="mark" label={`${shared.title}: ${shared.runs}`}>
            {shared.name}
          </Link>
        </nav>
        <div class="row">
          <Button kind="quiet" class="icon" onClick={() => setKeys(true)} label={shared.showShortcuts}>
            ?
          </Button>
          <Themes />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <Guard>
          <Page />
        </Guard>
      </main>
      <Keys open={keys} close={() => setKeys(false)} />
      <Toasts />
    </>
  );
}

hideToken();
startTheme();
startKeys();
const root = document.getElementById("studio");
if (root !== null) render(<Studio />, root);
