import { PageHead } from "@/design/Panel";
import { useTitle } from "@/frame/title";

export default function AlertsPage() {
  useTitle("Alerts");
  return <PageHead title="Alerts" />;
}
