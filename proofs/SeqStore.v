(** * A sequentially consistent key-value store

    What this file is: the definition of the service that Maelstrom calls [seq-kv], as a property of what callers
    were told, not as a machine. All other files about counters over a store build on it.

    - A _run_ is a list of _calls_: who asked (its session, a node), when the question was sent, what was asked,
      and when and what was answered, or that no answer came. Times are places in the one log of all that
      happened, so no two events have the same time.
    - The store _performs_ one operation after another on an ordinary map; [perform] says what each comes to. An
      absent key is told apart from any value, and a swap may create it.
    - An _order_ is a list of _executions_ of calls. It is _lawful_ for a run if it has an execution for every
      answered call, explains every answer by performing all executions one after another, and keeps each
      session's own order. Nothing else: real time between different sessions is not respected.

    A network may lose answers and deliver a question twice. So an unanswered call may be in the order or not,
    and any call may be there several times; of an answered call one execution is [Heard]: the one whose answer
    reached the caller. All that [in_session] demands is that a session's call stands, with all its copies,
    behind the heard executions of the calls that were answered before it was sent. A late copy of an early call
    may stand anywhere behind. A store that promises more (no copies, say) has fewer lawful orders, so that
    theorems about all lawful orders hold for it too. The counterexamples use orders without copies, [plain],
    which every definition of sequential consistency admits.

    The definition looks at a run as a whole. It even admits answers that only later calls explain. [online] is
    the stronger demand that what has been answered so far is explained at each moment by what has been sent so
    far.

    Rust: the same definition as a check stands in [crates/quipu-sim/src/services/replay.rs]; the store that is
    as unhelpful as the definition allows in [crates/quipu-sim/src/services/adversary.rs]; what an operation
    comes to in [crates/quipu-sim/src/services/judge.rs].

    Left out: operations on several keys (there are none), and deleting keys (likewise). *)

From Coq Require Import List String Arith Lia Bool.
Import ListNotations.

(** A place in the log of all that happens. *)
Definition time := nat.
Definition key := string.

Section Store.

  (** What keys hold. *)
  Variable value : Type.
  Variable value_eq : forall v w : value, {v = w} + {v <> w}.

  (** ** The sequential store *)

  Inductive operation :=
  | Read (k : key)
  | Write (k : key) (v : value)
  | Swap (k : key) (from to : value) (create : bool). (** [create]: also if there is no such key *)

  Inductive answer := Held (v : value) | NoKey | Done | Refused.

  Definition key_of (o : operation) : key :=
    match o with Read k | Write k _ | Swap k _ _ _ => k end.

  (** What each key holds; [None]: there is no such key. *)
  Definition state := key -> option value.

  Definition empty : state := fun _ => None.

  Definition put (s : state) (k : key) (v : value) : state :=
    fun k' => if String.eqb k' k then Some v else s k'.

  Definition perform (s : state) (o : operation) : state * answer :=
    match o with
    | Read k => (s, match s k with Some v => Held v | None => NoKey end)
    | Write k v => (put s k v, Done)
    | Swap k from to create =>
        match s k with
        | Some held => if value_eq held from then (put s k to, Done) else (s, Refused)
        | None => if create then (put s k to, Done) else (s, NoKey)
        end
    end.

  (** ** Runs *)

  Record call := Call {
    session : nat;
    sent : time;
    asked : operation;
    answered : option (time * answer)
  }.

  (** The operation would put [v] under [k]. *)
  Definition offers (o : operation) (k : key) (v : value) : Prop :=
    match o with
    | Read _ => False
    | Write k' v' => k' = k /\ v' = v
    | Swap k' _ v' _ => k' = k /\ v' = v
    end.

  (** What holds of every run in this world, whatever the store: an answer comes after its question, and a read
      shows a value only after somebody has sent that value. (The second does not follow from a lawful order,
      which knows no time.) *)
  Record plausible (run : list call) : Prop := {
    answer_after_question : forall c t a, In c run -> answered c = Some (t, a) -> sent c < t;
    no_prophecy : forall c k t v,
      In c run -> asked c = Read k -> answered c = Some (t, Held v) ->
      exists maker, In maker run /\ offers (asked maker) k v /\ sent maker < t
  }.

  (** ** Lawful orders *)

  Inductive execution := Heard (c : call) | Unheard (c : call).

  Definition call_of (e : execution) : call := match e with Heard c | Unheard c => c end.

  Definition after (s : state) (c : call) : state := fst (perform s (asked c)).
  Definition outcome (s : state) (c : call) : answer := snd (perform s (asked c)).

  Definition state_after (s : state) (order : list execution) : state :=
    fold_left (fun s e => after s (call_of e)) order s.

  (** Performed one after another from [s] on, the executions come to the answers that were heard. *)
  Fixpoint explains (s : state) (order : list execution) : Prop :=
    match order with
    | [] => True
    | e :: rest =>
        match e with Heard c => exists t, answered c = Some (t, outcome s c) | Unheard _ => True end
        /\ explains (after s (call_of e)) rest
    end.

  (** [c] was answered before [d] was sent. *)
  Definition precedes (c d : call) : Prop := exists t a, answered c = Some (t, a) /\ t < sent d.

  Record lawful (run : list call) (order : list execution) : Prop := {
    of_the_run : forall e, In e order -> In (call_of e) run;
    complete : forall c t a, In c run -> answered c = Some (t, a) -> In (Heard c) order;
    truthful : explains empty order;
    in_session : forall c d past e rest,
      In c run -> session c = session d -> precedes c d ->
      order = past ++ e :: rest -> call_of e = d -> In (Heard c) past
  }.

  (** Nothing was lost, nothing came twice. *)
  Definition plain (order : list execution) : Prop :=
    NoDup (map call_of order) /\ forall e, In e order -> exists c, e = Heard c.

  (** The call as it stood at the moment [now]: its answer had perhaps not come yet. *)
  Definition as_of (now : time) (c : call) : call :=
    match answered c with
    | Some (t, _) => if t <? now then c else Call (session c) (sent c) (asked c) None
    | None => c
    end.

  (** What had been sent, and what had been answered, before the moment [now]. *)
  Definition until (now : time) (run : list call) : list call :=
    map (as_of now) (filter (fun c => sent c <? now) run).

  (** At each moment there is a lawful order of what has happened so far. *)
  Definition online (run : list call) : Prop := forall now, exists order, lawful (until now run) order.

  (** ** Lemmas about orders *)

  Lemma state_after_app : forall xs ys s,
    state_after s (xs ++ ys) = state_after (state_after s xs) ys.
  Proof. intros. apply fold_left_app. Qed.

  Lemma explains_heard : forall past c rest s,
    explains s (past ++ Heard c :: rest) -> exists t, answered c = Some (t, outcome (state_after s past) c).
  Proof.
    induction past as [|e past IH]; simpl; intros c rest s H.
    - apply H.
    - destruct H as [_ H]. apply IH in H. exact H.
  Qed.

  Lemma lawful_heard : forall run order past c rest,
    lawful run order -> order = past ++ Heard c :: rest ->
    exists t, answered c = Some (t, outcome (state_after empty past) c).
  Proof. intros run order past c rest L ->. eapply explains_heard, (truthful _ _ L). Qed.

  (** The heard execution of an answered call, and what the store held there. *)
  Lemma lawful_answered : forall run order c t a,
    lawful run order -> In c run -> answered c = Some (t, a) ->
    exists past rest, order = past ++ Heard c :: rest /\ outcome (state_after empty past) c = a.
  Proof.
    intros run order c t a L I A.
    destruct (in_split _ _ (complete _ _ L _ _ _ I A)) as (past & rest & E).
    exists past, rest. split; [exact E|].
    destruct (lawful_heard _ _ _ _ _ L E) as [t' A']. congruence.
  Qed.

  (** ** Checking explicit orders by computation *)

  Definition call_eq : forall c d : call, {c = d} + {c <> d}.
  Proof.
    repeat decide equality; auto using string_dec.
  Defined.

  Definition answer_eq : forall a b : answer, {a = b} + {a <> b}.
  Proof. decide equality. Defined.

  Definition told (c : call) (e : execution) : bool :=
    match e with Heard d => if call_eq c d then true else false | Unheard _ => false end.

  Definition precedes_b (c d : call) : bool :=
    match answered c with Some (t, _) => t <? sent d | None => false end.

  Fixpoint check_from (run : list call) (past : list execution) (s : state) (order : list execution) : bool :=
    match order with
    | [] => true
    | e :: rest =>
        let d := call_of e in
        (if in_dec call_eq d run then true else false)
        && match e with
           | Heard c => match answered c with
                        | Some (_, a) => if answer_eq a (outcome s c) then true else false
                        | None => false
                        end
           | Unheard _ => true
           end
        && forallb (fun c => negb (session c =? session d) || negb (precedes_b c d) || existsb (told c) past) run
        && check_from run (past ++ [e]) (after s d) rest
    end.

  Definition check (run : list call) (order : list execution) : bool :=
    check_from run [] empty order
    && forallb (fun c => match answered c with Some _ => existsb (told c) order | None => true end) run.

  Lemma told_in : forall c order, existsb (told c) order = true -> In (Heard c) order.
  Proof.
    intros c order H. apply existsb_exists in H as ([d|d] & I & T); simpl in T; [|discriminate].
    destruct (call_eq c d); [subst; exact I|discriminate].
  Qed.

  Lemma check_from_sound : forall run order past s,
    check_from run past s order = true ->
    explains s order
    /\ (forall e, In e order -> In (call_of e) run)
    /\ (forall c d more e rest, In c run -> session c = session d -> precedes c d ->
        order = more ++ e :: rest -> call_of e = d -> In (Heard c) (past ++ more)).
  Proof.
    intros run order. induction order as [|e order IH]; simpl; intros past s H.
    - split; [exact I|]. split; [tauto|]. intros c d [|? ?] ? ? ? ? ? EQ; discriminate EQ.
    - apply andb_true_iff in H as [H C]. apply andb_true_iff in H as [H S]. apply andb_true_iff in H as [R T].
      destruct (in_dec call_eq (call_of e) run) as [R'|]; [|discriminate].
      destruct (IH _ _ C) as (E & O & P). repeat split.
      + destruct e as [c|c]; [|exact I]. destruct (answered c) as [[t a]|]; [|discriminate].
        destruct (answer_eq a (outcome s c)); [|discriminate]. subst. now exists t.
      + exact E.
      + intros e' [<-|I]; auto.
      + intros c d [|e1 more] e2 rest I SE PR EQ D; simpl in EQ.
        * injection EQ as <- <-. subst d. rewrite app_nil_r.
          rewrite forallb_forall in S. specialize (S c I).
          rewrite SE, Nat.eqb_refl in S. destruct PR as (t & a & A & LT).
          unfold precedes_b in S. rewrite A in S. apply Nat.ltb_lt in LT. rewrite LT in S.
          apply told_in, S.
        * injection EQ as <- EQ. specialize (P c d more e2 rest I SE PR EQ D).
          rewrite <- app_assoc in P. exact P.
  Qed.

  Lemma check_sound : forall run order, check run order = true -> lawful run order.
  Proof.
    intros run order H. apply andb_true_iff in H as [C A].
    destruct (check_from_sound _ _ _ _ C) as (E & O & P). split; auto.
    - intros c t a I AN. rewrite forallb_forall in A. specialize (A c I). rewrite AN in A.
      apply told_in, A.
  Qed.

  (** The part of an order that concerns what had been sent before [now]. *)
  Definition so_far (now : time) (order : list execution) : list execution :=
    map (fun e =>
           let c := as_of now (call_of e) in
           match e, answered c with Heard _, Some _ => Heard c | _, _ => Unheard c end)
        (filter (fun e => sent (call_of e) <? now) order).

  Definition over_by (n : time) (c : call) : bool :=
    (sent c <? n) && match answered c with Some (t, _) => t <? n | None => true end.

  Lemma until_over : forall run n now, n <= now -> forallb (over_by n) run = true -> until now run = until n run.
  Proof.
    intros run n now LE H. induction run as [|c run IH]; [reflexivity|].
    simpl in H. apply andb_true_iff in H as [C H]. apply andb_true_iff in C as [S A].
    unfold until in *. simpl. rewrite S. apply Nat.ltb_lt in S.
    replace (sent c <? now) with true by (symmetry; apply Nat.ltb_lt; lia).
    simpl. rewrite (IH H). f_equal. unfold as_of. destruct (answered c) as [[t a]|]; [|reflexivity].
    rewrite A. apply Nat.ltb_lt in A. now replace (t <? now) with true by (symmetry; apply Nat.ltb_lt; lia).
  Qed.

  Lemma online_check : forall run order n, forallb (over_by n) run = true ->
    forallb (fun now => check (until now run) (so_far now order)) (seq 0 (S n)) = true -> online run.
  Proof.
    intros run order n OV H now. exists (so_far (Nat.min now n) order).
    rewrite forallb_forall in H.
    replace (until now run) with (until (Nat.min now n) run).
    - apply check_sound, H, in_seq. lia.
    - destruct (Nat.le_ge_cases now n); [now rewrite Nat.min_l|].
      rewrite Nat.min_r by assumption. symmetry. now apply until_over.
  Qed.

End Store.

Arguments Read {value} k.
Arguments Write {value} k v.
Arguments Swap {value} k from to create.
Arguments Held {value} v.
Arguments NoKey {value}.
Arguments Done {value}.
Arguments Refused {value}.
Arguments key_of {value} o.
Arguments empty {value} k.
Arguments put {value} s k v k'.
Arguments perform {value} value_eq s o.
Arguments Call {value} session sent asked answered.
Arguments session {value} c.
Arguments sent {value} c.
Arguments asked {value} c.
Arguments answered {value} c.
Arguments offers {value} o k v.
Arguments plausible {value} run.
Arguments Heard {value} c.
Arguments Unheard {value} c.
Arguments call_of {value} e.
Arguments after {value} value_eq s c.
Arguments outcome {value} value_eq s c.
Arguments state_after {value} value_eq s order.
Arguments explains {value} value_eq s order.
Arguments precedes {value} c d.
Arguments lawful {value} value_eq run order.
Arguments plain {value} order.
Arguments as_of {value} now c.
Arguments until {value} now run.
Arguments so_far {value} now order.
Arguments over_by {value} n c.
Arguments online_check {value} value_eq run order n _ _.
Arguments online {value} value_eq run.
Arguments check {value} value_eq run order.
Arguments answer_after_question {value run} _ c t a _ _.
Arguments no_prophecy {value run} _ c k t v _ _ _.
Arguments of_the_run {value value_eq run order} _ e _.
Arguments complete {value value_eq run order} _ c t a _ _.
Arguments truthful {value value_eq run order} _.
Arguments in_session {value value_eq run order} _ c d past e rest _ _ _ _ _.
