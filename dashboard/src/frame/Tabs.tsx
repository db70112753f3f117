/** The parts of a page, each with an address of its own. */

import { AtNavLink } from "./AtLink";
import styles from "./Tabs.module.css";

interface TabsProps {
  label: string;
  /** Address and name; the first is the page's own address. */
  tabs: readonly (readonly [string, string])[];
}

export function Tabs({ label, tabs }: TabsProps) {
  return (
    <nav className={styles.tabs} aria-label={label}>
      {tabs.map(([path, name], place) => (
        <AtNavLink key={path} to={path} end={place === 0} className={styles.tab}>
          {name}
        </AtNavLink>
      ))}
    </nav>
  );
}
