/** What is shown where a page fails, or where there is none. */

import { Compass } from "lucide-react";
import { useEffect, useState } from "react";
import { isRouteErrorResponse, useRouteError } from "react-router";
import { isMissingPart, loadAnewOnce } from "@/design/outdated";
import { Empty, Failure, Skeleton } from "@/design/States";
import { AtLink } from "./AtLink";

export function Broken() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NoPage />;
  if (isMissingPart(error)) return <Outdated />;
  const told = error instanceof Error ? error : new Error("The page failed.");
  return <Failure error={told} retry={() => location.reload()} />;
}

/** A page of the version before is no longer served after an update. */
function Outdated() {
  const [helps, setHelps] = useState(true);
  useEffect(() => setHelps(loadAnewOnce()), []);
  if (helps) return <Skeleton height={72} lines={6} />;
  const told = new Error("A part of the page cannot be loaded: the server is away or was updated.");
  return <Failure error={told} retry={() => location.reload()} />;
}

export function NoPage() {
  return (
    <Empty icon={Compass} title="There is no such page.">
      <AtLink to="/">Go to the overview</AtLink>
    </Empty>
  );
}
