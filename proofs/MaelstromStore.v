(** * Maelstrom's sequential store, as a machine

    [seq-kv] keeps the states that it went through, and for each session a mark: the newest state that the
    session has touched. A question is tried on some state between the mark and the newest one, nobody knows
    which. If it changes nothing there, the answer stands, and the mark moves there. Otherwise it is carried out
    on the newest state, which gets a successor, and the mark moves to that.

    [machine_is_lawful]: whatever states are picked, and whatever the network loses or delivers twice, each run
    has a lawful order, so that the store is sequentially consistent; and in that order changes stand at the
    newest state ([at_newest]), so that all of [NewestStore.v] holds for it.

    The order: each execution has a place, the number of the state on which it left the store, and stands behind
    all that came before it and has no later place. So what changes nothing is inserted in the past; what
    changes something comes last.

    Rust: [crates/quipu-sim/src/services/versions.rs], in its form [Clamped], with as many states as there are.
    The quirk of the original (a ring of 32 states, and a mark that is not taken modulo 32) is left out: it
    takes callers that are 32 or more states behind back to what is older than what they have seen. *)

From Coq Require Import List String Arith Lia Bool Sorted.
From Quipu Require Import SeqStore NewestStore.
Import ListNotations.

Section Machine.

  Variable value : Type.
  Variable value_eq : forall v w : value, {v = w} + {v <> w}.

  Notation state_after := (state_after value_eq).
  Notation after := (after value_eq).
  Notation outcome := (outcome value_eq).
  Notation changes := (changes value value_eq).
  Notation explains := (explains value_eq).

  Record machine := Machine {
    newest : nat;               (** the number of the newest state *)
    held : nat -> state value;  (** the states so far *)
    mark : nat -> nat           (** for each session, the newest state it has touched *)
  }.

  Definition initial : machine := Machine 0 (fun _ => empty) (fun _ => 0).

  Definition set {A} (f : nat -> A) (i : nat) (a : A) : nat -> A := fun j => if j =? i then a else f j.

  Definition changes_b (s : state value) (c : call value) : bool :=
    match after s c (key_of (asked c)), s (key_of (asked c)) with
    | Some v, Some w => if value_eq v w then false else true
    | None, None => false
    | _, _ => true
    end.

  (** The state that is tried: any number may be drawn, and is brought into the bounds. *)
  Definition picked (m : machine) (draw : nat) (c : call value) : nat :=
    Nat.max (mark m (session c)) (Nat.min draw (newest m)).

  (** On which state the call is carried out. *)
  Definition runs_on (m : machine) (draw : nat) (c : call value) : nat :=
    if changes_b (held m (picked m draw c)) c then newest m else picked m draw c.

  Definition step (m : machine) (draw : nat) (c : call value) : machine :=
    let i := picked m draw c in
    if changes_b (held m i) c then
      let n := S (newest m) in
      {| newest := n; held := set (held m) n (after (held m (newest m)) c); mark := set (mark m) (session c) n |}
    else {| newest := newest m; held := held m; mark := set (mark m) (session c) i |}.

  Definition answer_of (m : machine) (draw : nat) (c : call value) : answer value :=
    outcome (held m (runs_on m draw c)) c.

  (** From [m] on, what arrived (with what was drawn) has led to the answers that were heard. *)
  Fixpoint serves (m : machine) (log : list (nat * execution value)) : Prop :=
    match log with
    | [] => True
    | (draw, e) :: rest =>
        match e with
        | Heard c => exists t, answered c = Some (t, answer_of m draw c)
        | Unheard _ => True
        end
        /\ serves (step m draw (call_of e)) rest
    end.

  (** What arrived at the machine, in real time. *)
  Record arrivals (run : list (call value)) (log : list (execution value)) : Prop := {
    arrivals_sent : forall e, In e log -> In (call_of e) run;
    arrivals_complete : forall c t a, In c run -> answered c = Some (t, a) -> In (Heard c) log;
    arrivals_in_time : forall c past e rest,
      In c run -> precedes c (call_of e) -> log = past ++ e :: rest -> In (Heard c) past
  }.

  (** ** What changes nothing *)

  Definition same (s t : state value) : Prop := forall k, s k = t k.

  Lemma same_after : forall s t c, same s t -> same (after s c) (after t c) /\ outcome s c = outcome t c.
  Proof.
    intros s t c E. unfold SeqStore.after, SeqStore.outcome, perform.
    assert (P : forall k v, same (put s k v) (put t k v))
      by (intros k v k'; unfold put; now destruct (String.eqb k' k)).
    destruct (asked c) as [k|k v|k f v cr]; simpl; rewrite ?(E k); auto.
    destruct (t k) as [x|]; [destruct (value_eq x f)|destruct cr]; simpl; auto.
  Qed.

  Lemma same_states : forall es s t, same s t -> same (state_after s es) (state_after t es).
  Proof. induction es as [|e es IH]; simpl; intros s t E; auto. apply IH. now apply same_after. Qed.

  Lemma same_explains : forall es s t, same s t -> explains s es -> explains t es.
  Proof.
    induction es as [|e es IH]; simpl; intros s t E X; auto. destruct X as [H X].
    destruct (same_after s t (call_of e) E) as [A OUT]. split; [|exact (IH _ _ A X)].
    destruct e; simpl in *; [now rewrite <- OUT|exact I].
  Qed.

  Lemma same_changes : forall s t c, same s t -> changes s c -> changes t c.
  Proof.
    intros s t c E H. unfold NewestStore.changes in *. rewrite <- (E (key_of (asked c))).
    now rewrite <- (proj1 (same_after s t c E)).
  Qed.

  Lemma changes_b_false : forall s c, changes_b s c = false -> same (after s c) s /\ ~ changes s c.
  Proof.
    intros s c H.
    assert (K : after s c (key_of (asked c)) = s (key_of (asked c))).
    { unfold changes_b in H.
      destruct (after s c (key_of (asked c))) as [v|], (s (key_of (asked c))) as [w|]; try discriminate; auto.
      destruct (value_eq v w); [congruence|discriminate]. }
    split; [|unfold NewestStore.changes; congruence].
    intros k. destruct (string_dec k (key_of (asked c))) as [->|NE]; [exact K|].
    apply String.eqb_neq in NE. unfold SeqStore.after, perform.
    destruct (asked c) as [k'|k' v|k' f v cr]; simpl in *; auto; unfold put.
    - now rewrite NE.
    - destruct (s k') as [x|]; [destruct (value_eq x f)|destruct cr]; simpl; rewrite ?NE; auto.
  Qed.

  (** ** The order, built as questions arrive *)

  Definition placed := (nat * execution value)%type.

  Definition up_to (i : nat) (l : list placed) : list placed := filter (fun p => fst p <=? i) l.
  Definition beyond (i : nat) (l : list placed) : list placed := filter (fun p => negb (fst p <=? i)) l.

  Definition insert (i : nat) (e : execution value) (l : list placed) : list placed :=
    up_to i l ++ (i, e) :: beyond i l.

  Definition in_order (l : list placed) : Prop := StronglySorted (fun p q => fst p <= fst q) l.

  Lemma split_at : forall i l, in_order l -> l = up_to i l ++ beyond i l.
  Proof.
    unfold up_to, beyond. intros i l S. induction S as [|p l S IH F]; simpl; [reflexivity|].
    destruct (Nat.leb_spec (fst p) i) as [LE|GT]; simpl; [f_equal; exact IH|].
    assert (E : filter (fun p => fst p <=? i) l = []).
    { clear IH S. induction F as [|q l LE F IH]; simpl; [reflexivity|].
      destruct (Nat.leb_spec (fst q) i); [lia|exact IH]. }
    rewrite E in *. simpl in *. f_equal. exact IH.
  Qed.

  Lemma sorted_app : forall l l' : list placed, in_order l -> in_order l' ->
    (forall p q, In p l -> In q l' -> fst p <= fst q) -> in_order (l ++ l').
  Proof.
    intros l l' S S' H. induction S as [|p l S IH F]; simpl; [exact S'|]. constructor.
    - apply IH. intros; apply H; simpl; auto.
    - apply Forall_app. split; [exact F|]. apply Forall_forall. intros q Q. apply H; simpl; auto.
  Qed.

  Lemma sorted_filter : forall f (l : list placed), in_order l -> in_order (filter f l).
  Proof.
    intros f l S. induction S as [|p l S IH F]; simpl; [constructor|]. destruct (f p); [|exact IH].
    constructor; [exact IH|]. rewrite Forall_forall in *. intros q Q. apply filter_In in Q. apply F, Q.
  Qed.

  Lemma insert_sorted : forall i e l, in_order l -> in_order (insert i e l).
  Proof.
    intros i e l S. apply sorted_app.
    - now apply sorted_filter.
    - constructor; [now apply sorted_filter|]. apply Forall_forall. intros q Q.
      apply filter_In in Q as [_ Q]. apply negb_true_iff, Nat.leb_gt in Q. simpl. lia.
    - intros p q P Q. apply filter_In in P as [_ P]. apply Nat.leb_le in P.
      destruct Q as [<-|Q]; simpl; [exact P|].
      apply filter_In in Q as [_ Q]. apply negb_true_iff, Nat.leb_gt in Q. lia.
  Qed.

  Lemma up_to_insert : forall j i e l, in_order l ->
    up_to j (insert i e l) = if i <=? j then up_to i l ++ (i, e) :: up_to j (beyond i l) else up_to j l.
  Proof.
    intros j i e l S. unfold insert. unfold up_to at 1. rewrite filter_app. simpl.
    change (filter (fun p => fst p <=? j) (up_to i l)) with (up_to j (up_to i l)).
    change (filter (fun p => fst p <=? j) (beyond i l)) with (up_to j (beyond i l)).
    destruct (Nat.leb_spec i j) as [LE|GT].
    - f_equal. unfold up_to. induction l as [|p l IH]; simpl; [reflexivity|]. inversion_clear S.
      destruct (Nat.leb_spec (fst p) i); simpl; auto. destruct (Nat.leb_spec (fst p) j); [|lia]. f_equal. auto.
    - rewrite (split_at i l S) at 3. unfold up_to at 4. rewrite filter_app. reflexivity.
  Qed.

  Lemma insert_split : forall (A : Type) (xs ys past rest : list A) x y, xs ++ x :: ys = past ++ y :: rest ->
    (exists more, xs = past ++ y :: more) \/ (past = xs /\ y = x) \/
    (exists more, past = xs ++ x :: more /\ ys = more ++ y :: rest).
  Proof.
    intros A xs. induction xs as [|a xs IH]; intros ys past rest x y E; destruct past as [|b past]; simpl in *.
    - injection E as -> _. auto.
    - injection E as -> ->. right. right. now exists past.
    - injection E as -> E. left. exists xs. reflexivity.
    - injection E as -> E. destruct (IH _ _ _ _ _ E) as [(m & ->)|[[-> ->]|(m & -> & ->)]]; eauto.
  Qed.

  (** ** The invariant *)

  Definition executions (l : list placed) : list (execution value) := map snd l.

  Record inv (run : list (call value)) (m : machine) (past : list (execution value)) (l : list placed) : Prop := {
    inv_sorted : in_order l;
    inv_newest : forall p e, In (p, e) l -> p <= newest m;
    inv_mark : forall p e, In (p, e) l -> p <= mark m (session (call_of e));
    inv_bound : forall n, mark m n <= newest m;
    inv_held : forall i, i <= newest m -> same (held m i) (state_after empty (executions (up_to i l)));
    inv_explains : explains empty (executions l);
    inv_members : forall e, In e (executions l) <-> In e past;
    inv_session : forall c d before e rest, In c run -> session c = session d -> precedes c d ->
      executions l = before ++ e :: rest -> call_of e = d -> In (Heard c) before;
    inv_fresh : at_newest value value_eq run (executions l)
  }.

  Lemma explains_app : forall xs ys s, explains s (xs ++ ys) <-> explains s xs /\ explains (state_after s xs) ys.
  Proof. induction xs as [|x xs IH]; simpl; intros ys s; [tauto|]. rewrite IH. tauto. Qed.

  Lemma up_to_all : forall i l, (forall p e, In (p, e) l -> p <= i) -> up_to i l = l /\ beyond i l = [].
  Proof.
    unfold up_to, beyond. induction l as [|[p e] l IH]; simpl; intros H; [auto|].
    destruct (Nat.leb_spec p i) as [LE|GT].
    - destruct IH as [-> ->]; eauto.
    - specialize (H p e (or_introl eq_refl)). lia.
  Qed.

  Lemma in_up_to : forall i l p e, In (p, e) l -> p <= i -> In e (executions (up_to i l)).
  Proof.
    intros i l p e I LE. apply (in_map snd (up_to i l) (p, e)). apply filter_In. split; [exact I|].
    now apply Nat.leb_le.
  Qed.

  Lemma executions_in : forall l e, In e (executions l) -> exists p, In (p, e) l.
  Proof. intros l e I. apply in_map_iff in I as ([p e'] & <- & I). now exists p. Qed.

  Definition place (m : machine) (draw : nat) (c : call value) : nat :=
    if changes_b (held m (picked m draw c)) c then S (newest m) else picked m draw c.

  Lemma inv_step : forall run m past l draw e,
    inv run m past l -> In (call_of e) run ->
    (forall c, In c run -> precedes c (call_of e) -> In (Heard c) past) ->
    (forall c, e = Heard c -> exists t, answered c = Some (t, answer_of m draw c)) ->
    inv run (step m draw (call_of e)) (past ++ [e]) (insert (place m draw (call_of e)) e l).
  Proof.
    intros run m past l draw e V IR PA AN.
    set (c := call_of e) in *. set (p := place m draw c).
    set (A := executions (up_to p l)). set (B := executions (beyond p l)).
    assert (PI : picked m draw c <= newest m) by (pose proof (inv_bound _ _ _ _ V (session c)); unfold picked; lia).
    assert (PM : mark m (session c) <= p).
    { pose proof (inv_bound _ _ _ _ V (session c)). unfold p, place. destruct (changes_b _ _); unfold picked; lia. }
    assert (EL : executions l = A ++ B).
    { unfold A, B, executions. rewrite <- map_app. f_equal. apply split_at, (inv_sorted _ _ _ _ V). }
    assert (EN : executions (insert p e l) = A ++ e :: B).
    { unfold executions, insert. rewrite map_app. reflexivity. }
    (* Either it comes last, or it changes nothing where it stands; its answer fits in both cases. *)
    assert (H : (p = S (newest m) /\ B = [] /\ up_to p l = l /\
                 newest (step m draw c) = p /\ mark (step m draw c) = set (mark m) (session c) p /\
                 held (step m draw c) = set (held m) p (after (held m (newest m)) c) /\
                 same (held m (newest m)) (state_after empty A) /\
                 outcome (state_after empty A) c = answer_of m draw c)
             \/ (p <= newest m /\ newest (step m draw c) = newest m /\ held (step m draw c) = held m /\
                 mark (step m draw c) = set (mark m) (session c) p /\
                 same (after (state_after empty A) c) (state_after empty A) /\ ~ changes (state_after empty A) c /\
                 outcome (state_after empty A) c = answer_of m draw c)).
    { unfold p, place, step, answer_of, runs_on in *.
      destruct (changes_b (held m (picked m draw c)) c) eqn:CH; [left|right]; simpl.
      - assert (ALL : up_to (S (newest m)) l = l /\ beyond (S (newest m)) l = []).
        { apply up_to_all. intros q x I. pose proof (inv_newest _ _ _ _ V _ _ I). lia. }
        assert (ALL' : up_to (newest m) l = l) by (apply up_to_all; intros q x I; exact (inv_newest _ _ _ _ V _ _ I)).
        destruct ALL as [U Bn]. pose proof (inv_held _ _ _ _ V _ (le_n _)) as HE. rewrite ALL' in HE.
        assert (AE : A = executions l) by (unfold A, executions; now rewrite U).
        rewrite AE. repeat split; auto.
        + unfold B, executions. now rewrite Bn.
        + symmetry. now apply same_after.
      - pose proof (inv_held _ _ _ _ V _ PI) as HE. fold A in HE.
        destruct (changes_b_false _ _ CH) as [SA NC].
        destruct (same_after _ _ c HE) as [S1 S2]. repeat split; auto.
        + intros k. rewrite <- (S1 k), (SA k). apply HE.
        + intros C. apply NC. apply (same_changes (state_after empty A)); [|exact C].
          intros k. symmetry. apply HE. }
    assert (OUT : outcome (state_after empty A) c = answer_of m draw c) by (destruct H as [H|H]; apply H).
    assert (LAST : B = [] \/ (same (after (state_after empty A) c) (state_after empty A)
                             /\ ~ changes (state_after empty A) c))
      by (destruct H as [H|H]; [left|right]; split || idtac; apply H).
    assert (HM : mark (step m draw c) = set (mark m) (session c) p) by (destruct H as [H|H]; apply H).
    assert (IP : forall q x, In (q, x) (insert p e l) -> (q, x) = (p, e) \/ In (q, x) l).
    { intros q x I. apply in_app_or in I as [I|[I|I]]; auto; apply filter_In in I; tauto. }
    assert (HN : newest m <= newest (step m draw c) /\ p <= newest (step m draw c)).
    { destruct H as [(-> & _ & _ & -> & _)|(LE & -> & _)]; lia. }
    assert (SES : forall s, mark m s <= mark (step m draw c) s).
    { intros s. rewrite HM. unfold set. destruct (Nat.eqb_spec s (session c)) as [->|]; lia. }
    split.
    - apply insert_sorted, (inv_sorted _ _ _ _ V).
    - intros q x I. destruct (IP q x I) as [E|I']; [injection E as -> ->; lia|].
      pose proof (inv_newest _ _ _ _ V _ _ I'). lia.
    - intros q x I. destruct (IP q x I) as [E|I'].
      + injection E as -> ->. fold c. rewrite HM. unfold set. now rewrite Nat.eqb_refl.
      + etransitivity; [exact (inv_mark _ _ _ _ V _ _ I')|apply SES].
    - intros s. rewrite HM. unfold set. destruct (s =? session c); [lia|].
      pose proof (inv_bound _ _ _ _ V s). lia.
    - intros i LE. rewrite up_to_insert by exact (inv_sorted _ _ _ _ V). destruct H as [H|H].
      + destruct H as (P & BN & U & N & _ & -> & HE & _). unfold set.
        destruct (Nat.leb_spec p i) as [LI|GT].
        * assert (i = p) by lia. subst i. rewrite Nat.eqb_refl, U.
          assert (BE : beyond p l = []).
          { unfold B, executions in BN. destruct (beyond p l); [reflexivity|discriminate]. }
          rewrite BE. simpl. unfold executions. rewrite map_app, state_after_app. simpl. fold c.
          assert (AE : A = map snd l) by (unfold A, executions; now rewrite U).
          rewrite AE in HE. now apply same_after.
        * destruct (Nat.eqb_spec i p) as [->|]; [lia|]. apply (inv_held _ _ _ _ V). lia.
      + destruct H as (P & N & -> & _ & SA & _). rewrite N in LE.
        destruct (Nat.leb_spec p i) as [LI|GT]; [|apply (inv_held _ _ _ _ V); lia].
        intros k. rewrite (inv_held _ _ _ _ V i LE k). unfold executions. rewrite map_app, state_after_app. simpl.
        change (map snd (up_to p l)) with A. fold c.
        assert (UE : up_to i l = up_to p l ++ up_to i (beyond p l)).
        { rewrite (split_at p l (inv_sorted _ _ _ _ V)) at 1. unfold up_to at 1. rewrite filter_app. f_equal.
          unfold up_to. clear - LI. induction l as [|[q x] l IH]; simpl; [reflexivity|].
          destruct (Nat.leb_spec q p); simpl; [|exact IH]. destruct (Nat.leb_spec q i); [f_equal; exact IH|lia]. }
        rewrite UE, map_app, state_after_app. change (map snd (up_to p l)) with A.
        symmetry. now apply same_states.
    - rewrite EN. pose proof (inv_explains _ _ _ _ V) as X. rewrite EL in X. apply explains_app in X as [XA XB].
      apply explains_app. split; [exact XA|]. split.
      + destruct e as [d|d]; [|exact I]. destruct (AN d eq_refl) as [t T]. exists t.
        simpl in c. unfold c in OUT. congruence.
      + destruct LAST as [->|[SA _]]; [exact I|]. apply (same_explains _ (state_after empty A)); [|exact XB].
        intros k. symmetry. apply SA.
    - intros x. rewrite EN. rewrite in_app_iff. simpl. rewrite in_app_iff, <- (inv_members _ _ _ _ V), EL, in_app_iff.
      simpl. intuition.
    - intros d d' before x rest ID SD PR E X. rewrite EN in E.
      destruct (insert_split _ _ _ _ _ _ _ E) as [(more & EA)|[[-> ->]|(more & -> & EB)]].
      + apply (inv_session _ _ _ _ V d d' before x (more ++ B)); auto. rewrite EL, EA, <- app_assoc. reflexivity.
      + (* the session's earlier calls have places up to its mark *)
        subst d'. fold c in PR, SD. assert (HD : In (Heard d) (executions l)) by (apply (inv_members _ _ _ _ V); auto).
        destruct (executions_in _ _ HD) as [q Q]. apply in_up_to with q; [exact Q|].
        pose proof (inv_mark _ _ _ _ V _ _ Q) as M. simpl in M. rewrite SD in M. lia.
      + assert (I : In (Heard d) (A ++ more)).
        { apply (inv_session _ _ _ _ V d d' (A ++ more) x rest); auto. rewrite EL, EB, <- app_assoc. reflexivity. }
        rewrite in_app_iff in *. simpl. tauto.
    - intros before x rest d E ID PR CH. rewrite EN in E.
      destruct (insert_split _ _ _ _ _ _ _ E) as [(more & EA)|[[-> ->]|(more & -> & EB)]].
      + apply (inv_fresh _ _ _ _ V before x (more ++ B) d); auto. rewrite EL, EA, <- app_assoc. reflexivity.
      + fold c in PR, CH. destruct LAST as [BN|[_ NC]]; [|contradiction].
        rewrite BN, app_nil_r in EL. rewrite <- EL. apply (inv_members _ _ _ _ V). auto.
      + destruct LAST as [BN|[SA _]].
        { rewrite BN in EB. destruct more; discriminate. }
        assert (I : In (Heard d) (A ++ more)).
        { apply (inv_fresh _ _ _ _ V (A ++ more) x rest d); auto.
          - rewrite EL, EB, <- app_assoc. reflexivity.
          - apply (same_changes (state_after empty (A ++ e :: more))); [|exact CH].
            rewrite !state_after_app. simpl. now apply same_states. }
        rewrite in_app_iff in *. simpl. tauto.
  Qed.

  Lemma machine_runs : forall run log m past l,
    inv run m past l -> arrivals run (past ++ map snd log) -> serves m log ->
    exists l' m', inv run m' (past ++ map snd log) l'.
  Proof.
    intros run log. induction log as [|[draw e] log IH]; simpl; intros m past l V R S.
    - rewrite app_nil_r. eauto.
    - destruct S as [AN S].
      assert (V' : inv run (step m draw (call_of e)) (past ++ [e]) (insert (place m draw (call_of e)) e l)).
      { apply inv_step; auto.
        - apply (arrivals_sent _ _ R). apply in_or_app. right. now left.
        - intros c I P. apply (arrivals_in_time _ _ R c past e (map snd log)); auto.
        - intros c ->. exact AN. }
      destruct (IH _ _ _ V') as (l' & m' & V'').
      + rewrite <- app_assoc. exact R.
      + exact S.
      + rewrite <- app_assoc in V''. eauto.
  Qed.

  (** Maelstrom's store, with a ring that never wraps, is sequentially consistent, and what changes it stands at
      its newest state: whatever arrives, lost answers and copies included, and whatever states are drawn, there
      is a lawful order with that property. *)
  Theorem machine_is_lawful : forall run log,
    arrivals run (map snd log) -> serves initial log ->
    exists order, lawful value_eq run order /\ at_newest value value_eq run order.
  Proof.
    intros run log R S.
    assert (V : inv run initial [] []).
    { split; simpl; try tauto.
      - constructor.
      - lia.
      - intros i _ k. reflexivity.
      - intros c d before e rest _ _ _ E. destruct before; discriminate.
      - intros past e rest c E. destruct past; discriminate. }
    destruct (machine_runs run log initial [] [] V R S) as (l & m & W). simpl in W.
    exists (executions l). split; [split|].
    - intros e I. apply (inv_members _ _ _ _ W) in I. exact (arrivals_sent _ _ R e I).
    - intros c t a I A. apply (inv_members _ _ _ _ W). exact (arrivals_complete _ _ R c t a I A).
    - exact (inv_explains _ _ _ _ W).
    - exact (inv_session _ _ _ _ W).
    - exact (inv_fresh _ _ _ _ W).
  Qed.

End Machine.
