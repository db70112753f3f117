import { PageHead } from "@/design/Panel";
import { useTitle } from "@/frame/title";

export default function NewsPage() {
  useTitle("News");
  return <PageHead title="News" />;
}
