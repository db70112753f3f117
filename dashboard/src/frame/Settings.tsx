/** What a viewer chooses for himself. */

import { LogOut } from "lucide-react";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Segments } from "@/design/Field";
import { Fact, Facts } from "@/design/Panel";
import { useLogout, useSession } from "@/features/session/api";
import { useAppearance } from "./appearance";

export default function Settings({ onClose }: { onClose: () => void }) {
  const [appearance, choose] = useAppearance();
  const session = useSession();
  const logout = useLogout();
  return (
    <Dialog title="Settings" onClose={onClose}>
      <Facts>
        <Fact name="Theme">
          <Segments
            label="Theme"
            value={appearance.theme}
            choices={[
              ["system", "System"],
              ["light", "Light"],
              ["dark", "Dark"],
            ]}
            onChoose={(theme) => choose({ theme })}
          />
        </Fact>
        <Fact name="Rising prices are">
          <Segments
            label="Rising prices are"
            value={appearance.rise}
            choices={[
              ["teal", "Teal"],
              ["red", "Red"],
            ]}
            onChoose={(rise) => choose({ rise })}
          />
        </Fact>
        <Fact name="Time zone">{Intl.DateTimeFormat().resolvedOptions().timeZone}</Fact>
        <Fact name="You are">
          {session.name}, {session.role}
        </Fact>
      </Facts>
      {session.login === "cookie" && (
        <Button icon={LogOut} disabled={logout.isPending} onClick={() => logout.mutate()}>
          Log out
        </Button>
      )}
      {logout.error && <p role="alert">You are still logged in: {logout.error.message}</p>}
    </Dialog>
  );
}
