(** * The last-writer-wins register, the grow-only set, and the registers of the sketch that counts different elements

    What is proved.
    - Last writer wins: for any delivery, a replica shows the write with the greatest timestamp, and replica at equal timestamps,
      among the writes it knows ([lww_shows_latest_known_write]); no two writes are equal in both ([lww_no_ties]); a write wins over
      everything its writer had seen ([lww_write_beats_what_it_saw]).
    - A type to which elements are only added, an addition that changes nothing having the empty delta: where knowledge is causally
      closed, the state is a function of the _set_ of the elements added ([state_is_function_of_elements]), equal to that of one
      replica that got them all itself.  Two such types:
    - the grow-only set: an element is in it exactly if some known operation added it ([g_set_member]);
    - the sketch: each register is the largest rank of the known elements that fall on it ([register_is_largest_rank]).
      So the estimate, a function of the registers, does not depend on who counted what, in which order, or how often.

    The Rust counterpart.  [crates/quipu-crdt/src/lww_register.rs], [g_set.rs], [hyper_log_log/].

    What is assumed.  A clock gives a timestamp above that of the write its own register holds (as [HybridClock] does, which first
    observes the register's own); the hash of an element is a function of the element.

    What is left out.  How good the clocks are; how good the estimate is. *)

From Coq Require Import List NArith Bool Lia FunctionalExtensionality.
From Quipu Require Import Lattice Convergence.
Import ListNotations.

(** ** Last writer wins *)

Section Lww.
  Context {Time Replica V : Type} `{EqDec Time, EqDec Replica, EqDec V} `{TotalOrder Time, TotalOrder Replica, TotalOrder V}.

  (** A write, in the order in which its parts decide. *)
  Definition write := (Time * Replica * V)%type.

  #[local] Instance lww_lattice : Lattice (option write) := latest_lattice.

  Definition before (t t' : Time) := leb t t' = true /\ t <> t'.

  (** Writing [v] at [t]: the clock gives a time after that of what the replica shows. *)
  Definition set_value (r : Replica) (o : Time * V) (s base delta : option write) : Prop :=
    delta = Some (fst o, r, snd o) /\ forall t r' v, s = Some (t, r', v) -> before t (fst o).

  Local Notation event := (event Replica (option write) (Time * V)).
  Local Notation system := (system Replica (option write) (Time * V)).

  Definition written (e : event) : write := (fst (op e), by_whom e, snd (op e)).

  Lemma latest_of_list (k : list event) :
    (forall e, In e k -> delta e = Some (written e)) ->
    match state_of k with
    | None => k = []
    | Some m => (exists e, In e k /\ written e = m) /\ forall e, In e k -> leb (written e) m = true
    end.
  Proof.
    unfold state_of. induction k as [| e k IH]; [easy |]. intros deltas.
    change (joins (map delta (e :: k))) with (delta e ⊔ joins (map delta k)).
    rewrite (deltas e (or_introl eq_refl)). specialize (IH (fun x inside => deltas x (or_intror inside))).
    destruct (joins (map delta k)) as [m |]; cbn [join operations lww_lattice latest_lattice later].
    - destruct IH as [(x & inx & <-) most]. destruct (leb (written e) (written x)) eqn:le.
      + split; [exists x; split; [now right | easy] |]. intros y [<- | iny]; auto.
      + split; [exists e; split; [now left | easy] |]. intros y [<- | iny]; [apply leb_refl |].
        destruct (leb_total (written e) (written x)); [congruence |]. now apply (leb_trans _ (written x)); [apply most |].
    - subst k. split; [exists e; split; [now left | easy] |]. intros y [<- | []]. apply leb_refl.
  Qed.

  Context {causal : Prop}.
  Variable w : system.
  Hypothesis ran : run (fun _ => false) set_value causal w.

  Local Notation inv := (reachable_invariant _ _ _ _ ran).

  Lemma lww_delta e : In e (history w) -> delta e = Some (written e).
  Proof. intros ine. now destruct (e_does _ _ _ _ (i_event _ _ _ inv e ine)). Qed.

  (** A replica shows the greatest of the writes it knows, by timestamp, then replica; and nothing if it knows none. *)
  Theorem lww_shows_latest_known_write r :
    match state w r with
    | None => known w r = []
    | Some m => (exists e, In e (known w r) /\ written e = m) /\ forall e, In e (known w r) -> leb (written e) m = true
    end.
  Proof.
    rewrite (i_state _ _ _ inv). apply latest_of_list. intros e ine. apply lww_delta. now apply (i_known _ _ _ inv r).
  Qed.

  Lemma lex_time (x y : write) : leb x y = true -> leb (fst (fst x)) (fst (fst y)) = true.
  Proof.
    destruct x as [[t r] v], y as [[t' r'] v']. simpl. destruct (eq_dec (t, r) (t', r')) as [[= -> ->] | _].
    - intros _. apply leb_refl.
    - destruct (eq_dec t t') as [-> | _]; [intros _; apply leb_refl | easy].
  Qed.

  (** A write is later than every write its writer had seen, so it wins over them everywhere. *)
  Theorem lww_write_beats_what_it_saw e e' :
    In e (history w) -> In e' (saw e) -> before (fst (op e')) (fst (op e)).
  Proof.
    intros ine ine'. destruct (e_does _ _ _ _ (i_event _ _ _ inv e ine)) as [_ later].
    pose proof (e_saw _ _ _ _ (i_event _ _ _ inv e ine)) as sub.
    pose proof (latest_of_list (saw e) (fun x inx => lww_delta x (sub x inx))) as top.
    destruct (state_of (saw e)) as [[[t r] v] |]; [| now rewrite top in ine'].
    destruct top as [_ most]. specialize (most e' ine'). apply lex_time in most. simpl in most.
    destruct (later t r v eq_refl) as [le ne]. split; [now apply (leb_trans _ t) |].
    intros eq. rewrite eq in most. apply ne. now apply leb_antisym.
  Qed.

  (** No two writes have both timestamp and replica in common: the greatest is one write, not merely one value. *)
  Theorem lww_no_ties e e' :
    In e (history w) -> In e' (history w) -> fst (op e) = fst (op e') -> by_whom e = by_whom e' -> e = e'.
  Proof.
    intros ine ine' time who. destruct (same_maker _ _ _ _ e e' ran ine ine' who) as [same | [sees | sees]]; [exact same | |];
      exfalso; [destruct (lww_write_beats_what_it_saw e' e) | destruct (lww_write_beats_what_it_saw e e')]; congruence.
  Qed.
End Lww.

(** ** Types to which elements are only added *)

Section GrowOnly.
  Context {Replica State E : Type} `{EqDec Replica} `{Lattice State}.
  (** The state that holds the one element. *)
  Variable one : E -> State.

  (** An addition has the element for its delta, or nothing if the replica's state has it already. *)
  Definition put (r : Replica) (x : E) (s base delta : State) : Prop :=
    delta = one x \/ (delta = bottom /\ one x ⊑ s).

  Local Notation run := (run (fun _ : E => false) put).

  Lemma state_of_elements causal w (k : list (event Replica State E)) :
    run causal w -> incl k (history w) -> closed k -> state_of k = joins (map (fun e => one (op e)) k).
  Proof.
    intros ran sub cl. pose proof (reachable_invariant _ _ _ _ ran) as inv. apply below_antisym.
    - apply joins_least. intros d ind. apply in_map_iff in ind as (e & <- & ine).
      destruct (e_does _ _ _ _ (i_event _ _ _ inv e (sub e ine))) as [-> | [-> _]]; [| apply bottom_below].
      apply below_joins, in_map_iff. now exists e.
    - apply joins_least. intros d ind. apply in_map_iff in ind as (e & <- & ine).
      destruct (e_does _ _ _ _ (i_event _ _ _ inv e (sub e ine))) as [eq | [_ known]].
      + rewrite <- eq. now apply delta_below.
      + eapply below_trans; [exact known |]. apply state_of_incl. intros e' ine'. apply (cl e); [exact ine |].
        now rewrite (e_base _ _ _ _ (i_event _ _ _ inv e (sub e ine))).
  Qed.

  (** Where knowledge is causally closed, replicas that know additions of the same elements are in the same state, though they may
      know different operations: it is the join of those elements. *)
  Theorem state_is_function_of_elements causal w r r' :
    run causal w -> closed (known w r) -> closed (known w r') ->
    (forall x, (exists e, In e (known w r) /\ op e = x) <-> (exists e, In e (known w r') /\ op e = x)) ->
    state w r = state w r' /\ state w r = joins (map one (map op (known w r))).
  Proof.
    intros ran cl cl' same. pose proof (reachable_invariant _ _ _ _ ran) as inv.
    rewrite !(i_state _ _ _ inv), (state_of_elements causal w (known w r)), (state_of_elements causal w (known w r')); auto;
      try apply inv. rewrite map_map. split; [| easy]. apply joins_same. intros d. rewrite !in_map_iff.
    split; intros (e & <- & ine).
    - destruct (proj1 (same (op e))) as (e' & ine' & eq); [now exists e |]. exists e'. now rewrite eq.
    - destruct (proj2 (same (op e))) as (e' & ine' & eq); [now exists e |]. exists e'. now rewrite eq.
  Qed.
End GrowOnly.

Section GSet.
  Context {Replica E : Type} `{EqDec Replica, EqDec E}.

  Definition element (x : E) : E -> bool := single x true.

  (** Where knowledge is causally closed, an element is in the grow-only set exactly if a known operation added it. *)
  Theorem g_set_member causal w (r : Replica) (x : E) :
    run (fun _ : E => false) (put element) causal w -> closed (known w r) ->
    state w r x = true <-> exists e, In e (known w r) /\ op e = x.
  Proof.
    intros ran cl. pose proof (reachable_invariant _ _ _ _ ran) as inv.
    rewrite (i_state _ _ _ inv), (state_of_elements element causal w _ ran (i_known _ _ _ inv r) cl).
    rewrite map_joins, map_map. induction (known w r) as [| e k IH] in |- *; simpl; [split; [easy | now intros (e & [] & _)] |].
    rewrite orb_true_iff, IH. unfold element, single. split.
    - intros [eq | (e' & ine' & eq)]; [| exists e'; auto]. destruct (eq_dec (op e) x); [exists e; auto | easy].
    - intros (e' & [<- | ine'] & eq); [left | right; now exists e']. now destruct (eq_dec (op e) x).
  Qed.
End GSet.

Section Sketch.
  Context {Replica E : Type} `{EqDec Replica}.
  (** The register that an element falls on, and its rank there. *)
  Variable entry : E -> N * N.

  Definition rank_of (x : E) : N -> N := single (fst (entry x)) (snd (entry x)).

  (** Where knowledge is causally closed, a register holds the largest rank among the known elements that fall on it: every rank
      is at most the register, and the register, if not 0, is the rank of a known element. *)
  Theorem register_is_largest_rank causal w (r : Replica) (i : N) :
    run (fun _ : E => false) (put rank_of) causal w -> closed (known w r) ->
    (forall e, In e (known w r) -> fst (entry (op e)) = i -> (snd (entry (op e)) <= state w r i)%N) /\
    (state w r i = 0%N \/ exists e, In e (known w r) /\ fst (entry (op e)) = i /\ snd (entry (op e)) = state w r i).
  Proof.
    intros ran cl. pose proof (reachable_invariant _ _ _ _ ran) as inv.
    rewrite (i_state _ _ _ inv), (state_of_elements rank_of causal w _ ran (i_known _ _ _ inv r) cl).
    rewrite map_joins, map_map. induction (known w r) as [| e k IH] in |- *; simpl; [split; [easy | now left] |].
    destruct IH as [all some]. set (rest := joins _) in *. unfold rank_of, single. split.
    - intros e' [<- | ine'] eq.
      + destruct (eq_dec (fst (entry (op e))) i); [lia | congruence].
      + specialize (all e' ine' eq). destruct (eq_dec (fst (entry (op e))) i); simpl; lia.
    - destruct (eq_dec (fst (entry (op e))) i) as [here | there]; cbn [bottom max_lattice]; rewrite ?N.max_0_l.
      + destruct (N.le_gt_cases rest (snd (entry (op e)))) as [le | gt].
        * right. exists e. repeat split; auto. lia.
        * rewrite N.max_r by lia. destruct some as [eq | (e' & ine' & rest')]; [lia |]. right. exists e'. auto.
      + destruct some as [eq | (e' & ine' & rest')]; [now left | right; exists e'; auto].
  Qed.
End Sketch.
