/** Making a rule and changing one, with what it would have done beside it. */

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { Problem } from "@/api/problem";
import { Button } from "@/design/Button";
import { Panel } from "@/design/Panel";
import { Answer, Skeleton } from "@/design/States";
import { useToast } from "@/design/Toasts";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { type Definition, peopleQuery, ruleQuery, useRemoveRule, useWriteRule } from "../api";
import { type Draft, definitionOf, draftOf, EMPTY } from "../definition";
import { Preview } from "./Preview";
import styles from "./RuleEditor.module.css";
import { RuleForm } from "./RuleForm";

export function NewRule() {
  return <Editor title="A new rule" draft={EMPTY} before={{}} tag={null} />;
}

export function ChangedRule() {
  const name = useParams().name ?? "";
  const query = useQuery(ruleQuery(name));
  return (
    <Answer query={query} skeleton={<Skeleton height={44} lines={8} />}>
      {({ data, tag }) => (
        <Editor
          key={tag}
          title={name}
          draft={draftOf(name, data.definition)}
          before={data.definition}
          tag={tag}
          sentence={data.sentence}
          readAgain={() => void query.refetch()}
        />
      )}
    </Answer>
  );
}

interface EditorProps {
  title: string;
  draft: Draft;
  before: Definition;
  tag: string | null;
  sentence?: string;
  readAgain?: () => void;
}

function Editor({ title, draft: first, before, tag, sentence, readAgain }: EditorProps) {
  const [draft, setDraft] = useState(first);
  const why = useWhyNoEdit();
  const navigate = useNavigate();
  const tell = useToast();
  const write = useWriteRule();
  const remove = useRemoveRule();
  const people = useQuery(peopleQuery).data ?? [];
  const definition = definitionOf(draft, before);
  const changedMeanwhile = write.error instanceof Problem && write.error.status === 412;
  const save = () =>
    write.mutate(
      { name: draft.name, definition, tag },
      {
        onSuccess: (rule) => {
          tell({ text: [`The rule ${rule.name} is kept.`, ...rule.warnings].join("\n") });
          void navigate("/alerts/rules");
        },
      },
    );
  const discard = () =>
    tag !== null &&
    remove.mutate(
      { name: draft.name, tag },
      {
        onError: (error) => tell({ text: error.message, bad: true }),
        onSuccess: () => {
          const undo = () => write.mutate({ name: draft.name, definition: before, tag: null });
          tell({ text: `The rule ${draft.name} is removed.`, undo });
          void navigate("/alerts/rules");
        },
      },
    );
  return (
    <div className={styles.editor}>
      <Panel title={title} note={sentence}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save();
          }}
        >
          <RuleForm draft={draft} onChange={setDraft} people={people} isNew={tag === null} />
          {write.error && (
            <p className={styles.wrong} role="alert">
              {write.error.message}{" "}
              {changedMeanwhile && readAgain && <Button onClick={readAgain}>Read it again</Button>}
            </p>
          )}
          <div className={styles.ending}>
            <Button
              look="main"
              type="submit"
              disabled={why !== null || write.isPending || !draft.name}
              title={why ?? (draft.name ? undefined : "Give it a name.")}
            >
              {tag === null ? "Make the rule" : "Keep the change"}
            </Button>
            {tag !== null && (
              <Button
                look="danger"
                disabled={why !== null || remove.isPending}
                title={why ?? undefined}
                onClick={discard}
              >
                Remove
              </Button>
            )}
          </div>
        </form>
      </Panel>
      <Preview name={draft.name || "this rule"} definition={definition} />
    </div>
  );
}
