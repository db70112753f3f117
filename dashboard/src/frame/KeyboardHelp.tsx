/** The keys, told. */

import { Dialog } from "@/design/Dialog";
import { Fact, Facts } from "@/design/Panel";
import { PAGES } from "./pages";

export default function KeyboardHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <Facts>
        <Fact name="Search a symbol or a page">
          <kbd>/</kbd>
        </Fact>
        {PAGES.map((page) => (
          <Fact key={page.path} name={`Go to ${page.name.toLowerCase()}`}>
            <kbd>g</kbd> <kbd>{page.key}</kbd>
          </Fact>
        ))}
        <Fact name="Analyze a headline">
          <kbd>a</kbd>
        </Fact>
        <Fact name="Time machine">
          <kbd>t</kbd>
        </Fact>
        <Fact name="In it: a slot, a day">
          <kbd>←</kbd> <kbd>→</kbd> <kbd>Page Up</kbd> <kbd>Page Down</kbd>
        </Fact>
        <Fact name="In it: the oldest slot, now, close">
          <kbd>Home</kbd> <kbd>End</kbd> <kbd>Esc</kbd>
        </Fact>
        <Fact name="This help">
          <kbd>?</kbd>
        </Fact>
      </Facts>
    </Dialog>
  );
}
