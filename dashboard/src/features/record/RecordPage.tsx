import { PageHead } from "@/design/Panel";
import { useTitle } from "@/frame/title";

export default function RecordPage() {
  useTitle("Record");
  return <PageHead title="Record" />;
}
