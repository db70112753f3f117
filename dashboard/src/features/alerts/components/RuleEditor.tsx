/** Making a rule and changing one, with what it would have done beside it. */

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { useParams } from "react-router";
import { Segments } from "@/design/Field";
import { Panel } from "@/design/Panel";
import { Answer, Skeleton } from "@/design/States";
import { AtLink } from "@/frame/AtLink";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { type Definition, peopleQuery, ruleQuery } from "../api";
import { draftOf } from "../definition";
import { useEditor, type View } from "../useEditor";
import { Conflict } from "./Conflict";
import { EditorEnding } from "./EditorEnding";
import { Preview } from "./Preview";
import { RawDefinition } from "./RawDefinition";
import styles from "./RuleEditor.module.css";
import { RuleForm } from "./RuleForm";
import { Standings } from "./Standings";

const NOTHING: Definition = {};

export function NewRule() {
  return <Editor name="" before={NOTHING} tag={null} />;
}

export function ChangedRule() {
  const name = useParams().name ?? "";
  const queries = useQueryClient();
  const query = useQuery(ruleQuery(name));
  return (
    <Answer query={query} skeleton={<Skeleton height={44} lines={8} />}>
      {({ data, tag }) => (
        <Editor
          // Whoever takes theirs begins anew with it.
          key={tag}
          name={name}
          before={data.definition}
          tag={tag}
          sentence={data.sentence}
          warnings={data.warnings}
          error={data.error}
          standings={data.standings}
          onTheirs={(theirs) => queries.setQueryData(ruleQuery(name).queryKey, theirs)}
        />
      )}
    </Answer>
  );
}

type Whole = Awaited<ReturnType<NonNullable<ReturnType<typeof ruleQuery>["queryFn"]>>>;

interface EditorProps {
  name: string;
  before: Definition;
  tag: string | null;
  sentence?: string;
  warnings?: readonly string[];
  error?: string | null;
  standings?: Whole["data"]["standings"];
  onTheirs?: (theirs: Whole) => void;
}

const VIEWS: readonly (readonly [View, string])[] = [
  ["form", "Form"],
  ["json", "JSON"],
  ["toml", "TOML"],
];

function Editor({
  name,
  before,
  tag,
  sentence,
  warnings,
  error,
  standings,
  onTheirs,
}: EditorProps) {
  const editor = useEditor(draftOf(name, before), before, tag);
  const people = useQuery(peopleQuery).data ?? [];
  const why = useWhyNoEdit();
  const { draft, tried, view } = editor;
  const trial = tried.answer?.trials[0];
  const says = tried.sentence ?? (editor.isChanged ? null : sentence);
  return (
    <>
      <AtLink to="/alerts/rules" className={styles.back}>
        <ArrowLeft aria-hidden="true" size={14} /> All rules
      </AtLink>
      <div className={styles.editor}>
        <Panel
          title={name || "A new rule"}
          aside={
            <Segments label="Show as" value={view} choices={VIEWS} onChoose={editor.setView} />
          }
        >
          <div className={styles.says}>
            <p aria-live="polite">{says ?? "Say when it fires, about what, and whom it tells."}</p>
            {trial && <p className={styles.often}>{trial.sentence}</p>}
          </div>
          {error && <p className={styles.wrong}>{error}</p>}
          {!editor.isChanged && warnings && warnings.length > 0 && (
            <ul className={styles.warnings} aria-label="What is to be known of it">
              {warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          )}
          <form
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              editor.save();
            }}
          >
            <fieldset disabled={why !== null} className={styles.fields}>
              <legend className="visually-hidden">The rule</legend>
              {view === "form" ? (
                <RuleForm
                  draft={draft}
                  mistakes={editor.mistakes}
                  people={people}
                  isNew={tag === null}
                  onChange={editor.change}
                />
              ) : (
                <RawDefinition editor={editor} view={view} isNew={tag === null} />
              )}
            </fieldset>
            {editor.isConflict && onTheirs && (
              <Conflict
                name={name}
                before={before}
                mine={editor.definition}
                onTheirs={onTheirs}
                onMine={(theirTag) => editor.save(theirTag)}
              />
            )}
            <EditorEnding editor={editor} name={name} before={before} tag={tag} why={why} />
          </form>
        </Panel>
        <div className={styles.beside}>
          <Preview
            tried={tried}
            isJudgeable={editor.isJudgeable}
            days={editor.days}
            onDays={editor.setDays}
          />
          {standings && standings.length > 0 && <Standings standings={standings} />}
        </div>
      </div>
    </>
  );
}
