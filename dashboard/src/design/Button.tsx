/** What can be pressed. */

import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, Ref } from "react";
import styles from "./Button.module.css";
import { classes } from "./classes";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: "plain" | "main" | "quiet" | "danger";
  icon?: LucideIcon;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = "plain", icon: Icon, className, children, ...rest }: ButtonProps) {
  return (
    <button type="button" className={classes(styles.button, styles[look], className)} {...rest}>
      {Icon && <Icon aria-hidden="true" className={styles.icon} />}
      {children}
    </button>
  );
}

/** A button that shows an icon alone; its label is read out and shown on hover. */
export function IconButton({
  label,
  icon: Icon,
  className,
  ...rest
}: Omit<ButtonProps, "look" | "children"> & { label: string; icon: LucideIcon }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={classes(styles.button, styles.quiet, styles.alone, className)}
      {...rest}
    >
      <Icon aria-hidden="true" className={styles.icon} />
    </button>
  );
}
