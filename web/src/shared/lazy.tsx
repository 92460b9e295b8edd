/** Parts that are loaded when they are first shown, and parts that may fail without taking the page with them. */
import type { ComponentChildren, ComponentType } from "preact";
import { Component } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Failed, Loading } from "./ui";

/** A component of a module of its own, which the browser fetches when it is first shown. */
export function lazily<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [Shown, setShown] = useState<{ of: ComponentType<P> } | null>(loaded === null ? null : { of: loaded });
    const [error, setError] = useState<unknown>(null);
    useEffect(() => {
      if (Shown !== null || error !== null) return;
      load().then((module) => {
        loaded = module.default;
        setShown({ of: module.default });
      }, setError);
    }, [error]);
    if (error !== null) return <Failed error={error} again={() => setError(null)} />;
    return Shown === null ? <Loading /> : <Shown.of {...props} />;
  };
}

interface GuardState {
  error: unknown;
}

/** Shows what went wrong in the parts inside it, in their place. */
export class Guard extends Component<{ children: ComponentChildren }, GuardState> {
  override state: GuardState = { error: null };

  override componentDidCatch(error: unknown): void {
    this.setState({ error });
  }

  render() {
    const { error } = this.state;
    return error === null ? this.props.children : <Failed error={error} again={() => this.setState({ error: null })} />;
  }
}
