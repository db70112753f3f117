import { PageHead } from "@/design/Panel";
import { useTitle } from "@/frame/title";

export default function SymbolPage() {
  useTitle("Symbol");
  return <PageHead title="Symbol" />;
}
