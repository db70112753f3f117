/** What stands where nothing can be shown, or not yet. */

import type { UseQueryResult } from "@tanstack/react-query";
import { CircleAlert, Inbox, type LucideIcon, RotateCw } from "lucide-react";
import { Component, type CSSProperties, type ReactNode } from "react";
import { isMisshapen, Problem, sentenceOf } from "@/api/problem";
import { Button } from "./Button";
import { isMissingPart } from "./outdated";
import styles from "./States.module.css";

/** The shape of what is coming. Give it the height of what it stands for. */
export function Skeleton({
  height,
  width,
  lines = 1,
}: {
  height?: number | string;
  width?: number | string;
  lines?: number;
}) {
  const size: CSSProperties = { height, width };
  return (
    <div aria-hidden="true" className={styles.skeletons}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines that are all the same
        <div key={line} className={styles.skeleton} style={size} />
      ))}
    </div>
  );
}

/** Nothing there, and what to do about it. */
export function Empty({
  icon: Icon = Inbox,
  title,
  children,
}: {
  icon?: LucideIcon;
  title: string;
  children?: ReactNode;
}) {
  return (
    <div className={styles.state}>
      <Icon aria-hidden="true" className={styles.icon} />
      <p className={styles.title}>{title}</p>
      {children && <div className={styles.text}>{children}</div>}
    </div>
  );
}

/** What went wrong, in the server's sentence, with a way to go on. */
export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  const requestId = error instanceof Problem ? error.requestId : null;
  return (
    <div className={styles.state} role="alert">
      <CircleAlert aria-hidden="true" className={styles.bad} />
      <p className={styles.title}>{sentenceOf(error)}</p>
      {requestId && (
        <p className={styles.text}>
          Request <code>{requestId}</code>; the server’s log has the same.
        </p>
      )}
      {retry && (
        <Button icon={RotateCw} onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

function Shown<Data>({ data, children }: { data: Data; children: (data: Data) => ReactNode }) {
  return children(data);
}

interface ShapeProps {
  of: unknown;
  retry: () => void;
  children: ReactNode;
}

/** An answer of another shape fails where it is shown: told there, until there is another one. */
class Shape extends Component<ShapeProps, { of: unknown; error: unknown }> {
  override state = { of: this.props.of, error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps({ of }: ShapeProps, state: { of: unknown }) {
    return of === state.of ? null : { of, error: null };
  }

  override render() {
    const error: unknown = this.state.error;
    if (error === null) return this.props.children;
    // Whatever else fails concerns the whole page.
    if (!(error instanceof Error) || !isMisshapen(error) || isMissingPart(error)) throw error;
    return <Failure error={error} retry={this.props.retry} />;
  }
}

/**
 * An answer in each of its states. What was shown stays while it is asked again, and stays, with
 * the failure told above it, where that goes wrong.
 */
export function Answer<Data>({
  query,
  skeleton,
  children,
}: {
  query: UseQueryResult<Data, Error>;
  skeleton: ReactNode;
  children: (data: Data) => ReactNode;
}) {
  const retry = () => void query.refetch();
  if (query.data === undefined) {
    if (query.isError) return <Failure error={query.error} retry={retry} />;
    return (
      <div aria-busy="true">
        <span className="visually-hidden" role="status">
          Loading
        </span>
        {skeleton}
      </div>
    );
  }
  return (
    <>
      {query.isError && (
        <p className={styles.notNew} role="alert">
          {sentenceOf(query.error)} What you see is older.{" "}
          <button type="button" className={styles.again} onClick={retry}>
            Try again
          </button>
        </p>
      )}
      <Shape of={query.data} retry={retry}>
        <Shown data={query.data}>{children}</Shown>
      </Shape>
    </>
  );
}
