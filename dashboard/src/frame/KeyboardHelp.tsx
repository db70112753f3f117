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
        <Fact name="Time machine">
          <kbd>t</kbd>
        </Fact>
        <Fact name="This help">
          <kbd>?</kbd>
        </Fact>
      </Facts>
    </Dialog>
  );
}
