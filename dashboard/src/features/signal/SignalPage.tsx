import { PageHead } from "@/design/Panel";
import { useTitle } from "@/frame/title";

export default function SignalPage() {
  useTitle("Signal");
  return <PageHead title="Signal" />;
}
