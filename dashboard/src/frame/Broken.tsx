/** What is shown where a page fails, or where there is none. */

import { Compass } from "lucide-react";
import { isRouteErrorResponse, useRouteError } from "react-router";
import { Empty, Failure } from "@/design/States";
import { AtLink } from "./AtLink";

export function Broken() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NoPage />;
  // A page of the version before is no longer served after an update.
  const told = error instanceof Error ? error : new Error("The page failed.");
  return <Failure error={told} retry={() => location.reload()} />;
}

export function NoPage() {
  return (
    <Empty icon={Compass} title="There is no such page.">
      <AtLink to="/">Go to the overview</AtLink>
    </Empty>
  );
}
