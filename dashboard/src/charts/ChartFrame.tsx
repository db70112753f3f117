/** A chart, drawn when it is first seen, with the table that says the same. */

import { ChartLine, Table2 } from "lucide-react";
import { type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { IconButton } from "@/design/Button";
import { Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import styles from "./ChartFrame.module.css";

interface ChartFrameProps<Row> {
  /** What it shows, in a sentence: what a screen reader tells instead of the picture. */
  label: string;
  /** In pixels; the frame keeps it, so that nothing jumps. */
  height: number;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
  /** A lazily loaded chart. */
  children: ReactNode;
}

export function ChartFrame<Row>({ label, height, children, ...table }: ChartFrameProps<Row>) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className={styles.frame} aria-label={label}>
      <div className={styles.switch}>
        <IconButton
          label={asTable ? "Show the chart" : "Show as a table"}
          icon={asTable ? ChartLine : Table2}
          onClick={() => setAsTable(!asTable)}
        />
      </div>
      {asTable ? (
        <div className={styles.table} style={{ maxHeight: Math.max(height, 240) }}>
          <Table caption={label} {...table} />
        </div>
      ) : (
        <WhenSeen height={height}>{children}</WhenSeen>
      )}
    </figure>
  );
}

/** Renders what is inside once it comes near the screen, and keeps its place until then. */
export function WhenSeen({ height, children }: { height: number; children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (seen || !element) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
      },
      { rootMargin: "200px" },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [seen]);
  const waiting = <Skeleton height={height} />;
  return (
    <div ref={place} style={{ minHeight: height }}>
      {seen ? <Suspense fallback={waiting}>{children}</Suspense> : waiting}
    </div>
  );
}
