(** * The set in which a concurrent add wins over a remove

    What is proved.
    - For any delivery, gaps included: an element is in the set exactly if some known add of it made a dot that no known operation took
      away ([member_iff_dot_not_taken]).
    - Where knowledge is causally closed: an element is in the set exactly if some known add of it is not among those that a known
      operation on it (a remove, a clear, or a later add, which puts its own dot in the older one's place) had seen
      ([member_iff_add_not_seen]).
    - With messages taken in order: exactly the _add-wins_ set.  An element is in the set if and only if some known add of it is not
      among those that a known remove or clear had seen ([add_wins]).
    - An add that no known remove has seen puts the element in the set, whatever the delivery ([unseen_add_stays]).
    - Replicas that know the same operations have the same set ([same_operations_same_set]).
    - With a gap, a removed element may show until the gap is filled ([gap_shows_removed_element], a counterexample: [add_wins] needs
      its premise).

    The Rust counterpart.  [crates/quipu-crdt/src/or_set.rs]; the payload under a dot is the element.

    What is assumed, what is left out: as in [Causal.v].  The index from elements to dots is not modelled. *)

From Coq Require Import List Arith NArith Lia.
From Quipu Require Import Lattice Convergence Causal.
Import ListNotations.

Section OrSet.
  Context {Replica E : Type} `{EqDec Replica, EqDec E}.

  Inductive or_set_op := Add (x : E) | Remove (x : E) | Clear.

  Definition same (x y : E) : bool := if eq_dec x y then true else false.

  (** An add puts its element under a new dot and takes away the element's dots that it sees; a remove does only the latter. *)
  Definition or_set : causal_type := {|
    payload := E;
    payload_dec := _;
    operation := or_set_op;
    makes o := match o with Add x => Some x | _ => None end;
    covers o x := match o with Add y | Remove y => same x y | Clear => true end;
    reads _ := false
  |}.

  Local Notation event := (Convergence.event Replica (causal Replica E) or_set_op).
  Local Notation system := (Convergence.system Replica (causal Replica E) or_set_op).

  Definition member (s : causal Replica E) (x : E) := exists d, s d = Live x.

  (** The operations that take an element out. *)
  Definition takes_out (o : or_set_op) (x : E) := o = Remove x \/ o = Clear.

  Lemma covers_spec (o : or_set_op) (x : E) : covers or_set o x = true <-> o = Add x \/ takes_out o x.
  Proof.
    unfold takes_out. destruct o as [y | y |]; simpl; unfold same; try destruct (eq_dec x y) as [<- |];
      (split; [auto; discriminate | intros [eq | [eq | eq]]; congruence]).
  Qed.

  Section Reached.
    Context {discipline : Prop}.
    Variable w : system.
    Hypothesis ran : runs or_set discipline w.

    Lemma add_of a d x : In a (history w) -> made or_set a d x -> op a = Add x.
    Proof.
      intros ina mk. destruct (made_by or_set w ran a d x ina mk) as (_ & eq & _).
      simpl in eq. destruct (op a); congruence.
    Qed.

    Lemma known_in_history r : incl (known w r) (history w).
    Proof. exact (i_known _ _ _ (reachable_invariant _ _ _ _ ran) r). Qed.

    (** For any delivery: an element is in the set exactly if some known add of it made a dot that no known operation removed. *)
    Theorem member_iff_dot_not_taken r x :
      member (state w r) x <->
      exists a d, In a (known w r) /\ op a = Add x /\ made or_set a d x /\
        ~ exists o, In o (known w r) /\ removed or_set o d.
    Proof.
      split.
      - intros [d live]. apply (alive_iff_made_and_not_removed or_set w ran) in live as [(a & ina & mk) none].
        exists a, d. repeat split; auto. apply (add_of a d); [now apply (known_in_history r) | exact mk].
      - intros (a & d & ina & _ & mk & none). exists d.
        apply (alive_iff_made_and_not_removed or_set w ran). split; [now exists a | exact none].
    Qed.

    (** Where knowledge is causally closed: an element is in the set exactly if some known add of it was not seen by any known
        operation on that element. *)
    Theorem member_iff_add_not_seen r x :
      closed (known w r) ->
      member (state w r) x <->
      exists a, In a (known w r) /\ op a = Add x /\
        ~ exists o, In o (known w r) /\ In a (seen o) /\ (op o = Add x \/ takes_out (op o) x).
    Proof.
      intros cl. split.
      - intros [d live]. apply (alive_iff_not_covered or_set w ran) in live as (a & ina & mk & none); [| exact cl].
        exists a. split; [exact ina |]. split; [apply (add_of a d); [now apply (known_in_history r) | exact mk] |].
        intros (o & ino & sees & cv). apply none. exists o. rewrite covers_spec. auto.
      - intros (a & ina & add & none).
        destruct (makes_one or_set w ran a x) as [d mk]; [now apply (known_in_history r) | simpl; now rewrite add |].
        exists d. apply (alive_iff_not_covered or_set w ran); [exact cl |]. exists a. split; [exact ina |]. split; [exact mk |].
        intros (o & ino & sees & cv). apply none. exists o. rewrite covers_spec in cv. auto.
    Qed.

    (** For any delivery: an add that no known operation on its element has seen keeps the element in the set. *)
    Theorem unseen_add_stays r x a :
      In a (known w r) -> op a = Add x ->
      (~ exists o, In o (known w r) /\ In a (seen o) /\ (op o = Add x \/ takes_out (op o) x)) ->
      member (state w r) x.
    Proof.
      intros ina add none.
      destruct (makes_one or_set w ran a x) as [d mk]; [now apply (known_in_history r) | simpl; now rewrite add |].
      exists d. apply (unseen_is_never_lost or_set w ran r d x a ina mk).
      intros (o & ino & sees & cv). apply none. exists o. rewrite covers_spec in cv. auto.
    Qed.

    (** Replicas that know the same operations have the same set, however these came. *)
    Theorem same_operations_same_set r r' x :
      (forall e, In e (known w r) <-> In e (known w r')) ->
      member (state w r) x <-> member (state w r') x.
    Proof.
      intros eq. now rewrite (strong_eventual_consistency _ _ w r r' (run_reachable _ _ _ _ ran) eq).
    Qed.
  End Reached.

  (** With messages taken in order, this is the add-wins set: an element is in it exactly if some known add of it is not among
      those that a known remove or clear had seen. *)
  Theorem add_wins (w : system) (r : Replica) (x : E) :
    causally_reached or_set w ->
    member (state w r) x <->
    exists a, In a (known w r) /\ op a = Add x /\
      ~ exists o, In o (known w r) /\ In a (seen o) /\ takes_out (op o) x.
  Proof.
    intros ran. destruct (causal_delivery_keeps_knowledge_closed _ _ w ran) as [cl past].
    rewrite (member_iff_add_not_seen w ran r x (cl r)). split.
    - intros (a & ina & add & none). exists a. repeat split; auto. intros (o & ino & sees & out). apply none. exists o. auto.
    - (* The latest of the adds that replaced one another. *)
      intros (a & ina & add & none).
      pose proof (reachable_invariant _ _ _ _ ran) as inv.
      remember (length (history w) - number a) as fuel eqn:le.
      revert a ina add none le. induction fuel as [fuel IH] using lt_wf_ind. intros a ina add none le.
      assert (adds : (exists a', In a' (known w r) /\ In a (seen a') /\ op a' = Add x) \/
                     ~ exists a', In a' (known w r) /\ In a (seen a') /\ op a' = Add x).
      { clear - ran inv ina add none.
        assert (dec : forall o : or_set_op, {o = Add x} + {o <> Add x}).
        { intros [y | y |]; [destruct (eq_dec y x) as [-> | ne]; [left | right] | right | right]; congruence. }
        (* What is seen is decided by the numbers of events. *)
        assert (sees : forall a', In a' (known w r) -> In a (seen a') \/ ~ In a (seen a')).
        { intros a' ina'. assert (sub := seen_in_history or_set w ran a' (i_known _ _ _ inv r _ ina')).
          destruct (in_dec Nat.eq_dec (number a) (map number (seen a'))) as [yes | no].
          - left. apply in_map_iff in yes as (b & same_number & inb).
            now rewrite <- (i_numbers _ _ _ inv b a (sub _ inb) (i_known _ _ _ inv r _ ina) same_number).
          - right. intros yes. now apply no, in_map. }
        assert (sub : incl (known w r) (known w r)) by apply incl_refl. revert sub.
        generalize (known w r) at 1 3 4. intros k. induction k as [| e k IHk]; intros sub.
        - right. now intros (a' & [] & _).
        - destruct IHk as [(a' & ina' & rest) | no]; [now apply incl_cons_inv in sub | left; exists a'; split; [now right | exact rest] |].
          destruct (dec (op e)) as [yes | not_add]; [destruct (sees e (sub e (or_introl eq_refl))) as [seen_there | not_seen] |].
          + left. exists e. split; [now left | auto].
          + right. intros (a' & [<- | ina'] & rest); [easy | apply no; now exists a'].
          + right. intros (a' & [<- | ina'] & rest); [easy | apply no; now exists a']. }
      destruct adds as [(a' & ina' & sees & add') | no_add].
      + assert (less : number a < number a').
        { apply (e_before _ _ _ _ (i_event _ _ _ inv a' (i_known _ _ _ inv r _ ina'))). now right. }
        assert (bound : number a' < length (history w)).
        { apply (e_number _ _ _ _ (i_event _ _ _ inv a' (i_known _ _ _ inv r _ ina'))). }
        apply (IH (length (history w) - number a')) with (a := a'); auto; [lia |].
        intros (o & ino & sees' & out). apply none. exists o. repeat split; auto.
        destruct (past o (i_known _ _ _ inv r _ ino)) as [closed_past _].
        assert (base : seen o = saw o) by (apply (i_event _ _ _ inv o (i_known _ _ _ inv r _ ino)); easy).
        rewrite base in *. now apply (closed_past a').
      + exists a. repeat split; auto. intros (o & ino & sees & [add' | out]).
        * apply no_add. now exists o.
        * apply none. now exists o.
  Qed.
End OrSet.

Arguments or_set_op : clear implicits.
Arguments or_set E {_}.

(** ** Why the premise is needed *)

(** With a gap in what was delivered, an element may show that a known remove had seen all known adds of: Alice adds it, adds it
    again (which takes away the first dot) and removes it; Bob gets the first and the third delta.  The second will put it right. *)
Theorem gap_shows_removed_element :
  exists w : system bool (causal bool unit) (or_set_op unit),
    reached (or_set unit) w /\ member (state w false) tt /\
    exists o, In o (known w false) /\ op o = Remove tt /\
      forall a, In a (known w false) -> op a = Add tt -> In a (seen o).
Proof.
  pose (T := or_set unit).
  pose (d1 := change T (Add tt) (bottom : causal bool unit) (true, 1%N)).
  pose (s1 := bottom ⊔ d1). pose (e1 := Event 0 true (Add tt) [] [] d1 : event bool _ _).
  pose (d2 := change T (Add tt) s1 (true, 2%N)).
  pose (s2 := s1 ⊔ d2). pose (e2 := Event 1 true (Add tt) [e1] [e1] d2 : event bool _ _).
  pose (d3 := change T (Remove tt) s2 (true, 3%N)).
  pose (e3 := Event 2 true (Remove tt) [e2; e1] [e2; e1] d3 : event bool _ _).
  pose (w1 := send (learn (record start e1) true d1 [e1]) (d1, [e1])).
  pose (w2 := send (learn (record w1 e2) true d2 [e2]) (d2, [e2])).
  pose (w3 := send (learn (record w2 e3) true d3 [e3]) (d3, [e3])).
  pose (w4 := learn w3 false d1 [e1]). pose (w5 := learn w4 false d3 [e3]).
  exists w5. split; [| split].
  - apply (run_step _ _ _ w4); [apply (run_step _ _ _ w3); [apply (run_step _ _ _ w2); [apply (run_step _ _ _ w1);
      [apply (run_step _ _ _ start); [constructor |] |] |] |] |].
    + refine (step_operate _ _ _ _ true (Add tt) bottom [] d1 _ _); [now left | exists 1%N; split; reflexivity].
    + refine (step_operate _ _ _ w1 true (Add tt) s1 [e1] d2 _ _); [now left | exists 2%N; split; reflexivity].
    + refine (step_operate _ _ _ w2 true (Remove tt) s2 [e2; e1] d3 _ _); [now left | exists 3%N; split; reflexivity].
    + refine (step_receive _ _ _ w3 false (d1, [e1]) _ _); [right; right; now left | easy].
    + refine (step_receive _ _ _ w4 false (d3, [e3]) _ _); [now left | easy].
  - exists (true, 1%N). reflexivity.
  - exists e3. split; [now left |]. split; [easy |]. intros a [<- | [<- | []]]; [easy |]. intros _. right. now left.
Qed.
