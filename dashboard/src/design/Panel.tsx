/** A part of a page, with its head. */

import { type ReactNode, useId } from "react";
import { classes } from "./classes";
import styles from "./Panel.module.css";

interface PanelProps {
  title: ReactNode;
  /** Beside the title: controls, or a short figure. */
  aside?: ReactNode;
  /** Under the title: what it shows, in a sentence. */
  note?: ReactNode;
  /** Content that reaches the edges, as a table does. */
  flush?: boolean;
  level?: 2 | 3;
  children: ReactNode;
  className?: string | undefined;
}

export function Panel({ title, aside, note, flush, level = 2, children, className }: PanelProps) {
  const id = useId();
  const Heading = `h${level}` as const;
  return (
    <section aria-labelledby={id} className={classes(styles.panel, className)}>
      <header className={styles.head}>
        <Heading id={id} className={styles.title}>
          {title}
        </Heading>
        {aside && <div className={styles.aside}>{aside}</div>}
        {note && <p className={styles.note}>{note}</p>}
      </header>
      <div className={classes(styles.body, flush && styles.flush)}>{children}</div>
    </section>
  );
}

/** The head of a page: its name, what stands beside it, and its controls. */
export function PageHead({
  title,
  beside,
  children,
}: {
  title: ReactNode;
  beside?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <header className={styles.pageHead}>
      <div className={styles.pageName}>
        <h1>{title}</h1>
        {beside}
      </div>
      {children && <div className={styles.aside}>{children}</div>}
    </header>
  );
}

/** Names and their values, in two columns. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className={styles.facts}>{children}</dl>;
}

export function Fact({ name, children }: { name: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
