/** A rule while somebody writes it. */

import { useState } from "react";
import { useNavigate } from "react-router";
import type { Told } from "@/api/client";
import { Problem } from "@/api/problem";
import { useToast } from "@/design/Toasts";
import { useToldIfGone } from "@/design/useToldIfGone";
import type { Definition } from "./api";
import { useWriteRule } from "./changes";
import { type Draft, definitionOf, draftOf, EMPTY, isJudgeable } from "./definition";
import { type Mistakes, NONE, placed } from "./mistakes";
import { sentences, type Tried, useTrial } from "./useTrial";

export type View = "form" | "json" | "toml";

const CHANGED = 412;
const GONE = 404;
const WRONG = 422;

export interface Editor {
  draft: Draft;
  definition: Definition;
  view: View;
  setView: (view: View) => void;
  change: (draft: Draft) => void;
  /** Takes a definition as it was typed. */
  take: (definition: Definition) => void;
  /** That what was typed is no definition, which is then not saved. */
  setUnreadable: (unreadable: boolean) => void;
  unreadable: boolean;
  isChanged: boolean;
  isJudgeable: boolean;
  days: number;
  setDays: (days: number) => void;
  tried: Tried;
  mistakes: Mistakes;
  /** What went wrong with saving, where it is no mistake of a field. */
  failure: Error | null;
  /** Somebody else has changed or removed it meanwhile. */
  isConflict: boolean;
  isSaving: boolean;
  save: (tag?: string | null) => void;
}

function merged(one: Mistakes, other: Mistakes): Mistakes {
  return { of: { ...one.of, ...other.of }, rest: [...new Set([...one.rest, ...other.rest])] };
}

function keptSentence({ name, ended, warnings }: Told<"RuleChanged">): string {
  const count = ended?.length ?? 0;
  const also = count ? [`${count === 1 ? "One alert" : `${count} alerts`} ended with it.`] : [];
  return [`The rule ${name} is kept.`, ...also, ...warnings].join("\n");
}

/**
 * @param first What the form holds at first.
 * @param before The stored definition; its keys that the form does not know stay.
 * @param tag What was seen of it; null where it is new.
 */
export function useEditor(first: Draft, before: Definition, tag: string | null): Editor {
  const isNew = tag === null;
  const [draft, setDraft] = useState(() => (isNew ? EMPTY : first));
  const [kept, setKept] = useState(before);
  const [view, setView] = useState<View>("form");
  const [unreadable, setUnreadable] = useState(false);
  const [days, setDays] = useState(30);
  const [nameless, setNameless] = useState(false);
  const navigate = useNavigate();
  const tell = useToast();
  const toldIfGone = useToldIfGone();
  const write = useWriteRule();
  const definition = definitionOf(draft, kept);
  const judgeable = isJudgeable(draft);
  const tried = useTrial(draft.name, definition, days, judgeable);

  const refusal = write.error instanceof Problem ? write.error : null;
  const isConflict = !isNew && (refusal?.status === CHANGED || refusal?.status === GONE);
  const taken = isNew && refusal?.status === CHANGED;
  const refused = refusal?.status === WRONG ? placed(sentences(refusal)) : NONE;
  const named: Mistakes = taken
    ? { of: { name: refusal?.message }, rest: [] }
    : nameless
      ? { of: { name: "Give it a name." }, rest: [] }
      : NONE;
  const isField = refusal?.status === WRONG || taken || isConflict;

  const change = (next: Draft) => {
    setDraft(next);
    setNameless(false);
    // What is being kept still is, and leads away when it is.
    if (!write.isPending) write.reset();
  };
  const save = (seen: string | null = tag) => {
    if (!draft.name) {
      setNameless(true);
      return;
    }
    // It is told wherever one is by then; only who is still here is led away.
    const leave = () => void navigate("/alerts/rules");
    write
      .mutateAsync({ name: draft.name, definition, tag: seen }, { onSuccess: leave })
      .then(({ data }) => tell({ text: keptSentence(data) }), toldIfGone);
  };
  return {
    draft,
    definition,
    view,
    setView: (next) => {
      setUnreadable(false);
      setView(next);
    },
    change,
    take: (typed) => {
      setKept(typed);
      change(draftOf(draft.name, typed));
    },
    setUnreadable,
    unreadable,
    isChanged: JSON.stringify(definition) !== JSON.stringify(definitionOf(first, before)),
    isJudgeable: judgeable,
    days,
    setDays,
    tried,
    mistakes: merged(merged(tried.mistakes, refused), named),
    failure: isField ? null : write.error,
    isConflict,
    isSaving: write.isPending,
    save,
  };
}
