/** The alert center: what fires, the rules behind it, and who was told. */

import { Route, Routes } from "react-router";
import { PageHead } from "@/design/Panel";
import { NoPage } from "@/frame/Broken";
import { Tabs } from "@/frame/Tabs";
import { useTitle } from "@/frame/title";
import { AlertStory } from "./components/AlertStory";
import { Deliveries } from "./components/Deliveries";
import { Feed } from "./components/Feed";
import { People } from "./components/People";
import { ChangedRule, NewRule } from "./components/RuleEditor";
import { Rules } from "./components/Rules";
import { Silences } from "./components/Silences";

const TABS = [
  ["/alerts", "Feed"],
  ["/alerts/rules", "Rules"],
  ["/alerts/silences", "Silences"],
  ["/alerts/deliveries", "Deliveries"],
  ["/alerts/people", "People"],
] as const;

export default function AlertsPage() {
  useTitle("Alerts");
  return (
    <>
      <PageHead title="Alerts" />
      <Tabs label="Parts of the alert center" tabs={TABS} />
      <Routes>
        <Route index element={<Feed />} />
        <Route path="rules" element={<Rules />} />
        <Route path="rules/new" element={<NewRule />} />
        <Route path="rules/:name" element={<ChangedRule />} />
        <Route path="silences" element={<Silences />} />
        <Route path="deliveries" element={<Deliveries />} />
        <Route path="people" element={<People />} />
        <Route path=":id" element={<AlertStory />} />
        <Route path="*" element={<NoPage />} />
      </Routes>
    </>
  );
}
