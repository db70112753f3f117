import { PageHead } from "@/design/Panel";
import { useTitle } from "@/frame/title";

export default function OverviewPage() {
  useTitle("Overview");
  return <PageHead title="Overview" />;
}
