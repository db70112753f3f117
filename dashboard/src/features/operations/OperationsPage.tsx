import { PageHead } from "@/design/Panel";
import { useTitle } from "@/frame/title";

export default function OperationsPage() {
  useTitle("Operations");
  return <PageHead title="Operations" />;
}
