/** What other pages show of the watchlist: following a symbol, and changing one that is followed. */

import { Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Button } from "@/design/Button";
import { useWhyNoEdit } from "@/frame/mayEdit";

const FollowDialog = lazy(() => import("./components/FollowDialog"));
const EditDialog = lazy(() => import("./components/EditDialog"));

/** @param tags Those that are there already, to choose from. */
export function FollowButton({ tags }: { tags: readonly string[] }) {
  const [opened, setOpened] = useState(false);
  const why = useWhyNoEdit();
  return (
    <>
      <Button
        icon={Plus}
        disabled={why !== null}
        title={why ?? undefined}
        onClick={() => setOpened(true)}
      >
        Follow a symbol
      </Button>
      {opened && (
        <Suspense>
          <FollowDialog tags={tags} onClose={() => setOpened(false)} />
        </Suspense>
      )}
    </>
  );
}

/** The dialog for one that is followed; open as long as it is rendered. */
export function EditWatched(props: {
  symbol: string;
  tags: readonly string[];
  onClose: () => void;
}) {
  return (
    <Suspense>
      <EditDialog {...props} />
    </Suspense>
  );
}
