/** The keys, told: those of everywhere, and those of the page that is shown. */

import { Dialog } from "@/design/Dialog";
import { Fact, Facts } from "@/design/Panel";
import styles from "./KeyboardHelp.module.css";
import { type PageKey, useListedKeys } from "./keys";
import { PAGES } from "./pages";

const ANYWHERE: readonly PageKey[] = [
  { keys: ["/"], does: "Search a symbol or a page" },
  ...PAGES.map(({ key, name }) => ({ keys: ["g", key], does: `Go to ${name.toLowerCase()}` })),
  { keys: ["a"], does: "Analyze a headline" },
  { keys: ["t"], does: "Time machine" },
  { keys: ["?"], does: "This help" },
  { keys: ["Esc"], does: "Close a dialog" },
];

const IN_TIME_MACHINE: readonly PageKey[] = [
  { keys: ["←", "→"], does: "A slot back, a slot on" },
  { keys: ["Page Up", "Page Down"], does: "A day back, a day on" },
  { keys: ["Home", "End"], does: "The oldest slot, now" },
  { keys: ["Esc"], does: "Close it" },
];

export default function KeyboardHelp({ onClose }: { onClose: () => void }) {
  const ofPage = useListedKeys();
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <Keys keys={ANYWHERE} />
      {ofPage.length > 0 && (
        <>
          <h3 className={styles.where}>On this page</h3>
          <Keys keys={ofPage} />
        </>
      )}
      <h3 className={styles.where}>In the time machine</h3>
      <Keys keys={IN_TIME_MACHINE} />
    </Dialog>
  );
}

function Keys({ keys: all }: { keys: readonly PageKey[] }) {
  return (
    <Facts>
      {all.map(({ keys, does }) => (
        <Fact key={does} name={does}>
          <span className={styles.keys}>
            {keys.map((key) => (
              <kbd key={key} className={styles.key}>
                {key}
              </kbd>
            ))}
          </span>
        </Fact>
      ))}
    </Facts>
  );
}
