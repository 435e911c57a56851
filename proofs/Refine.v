(** * Running the executable twins is running the models

    What is proved.  The files [Twin*.v] define every type once more, as functions on lists; these are what the tests of the Rust
    code compare its states with.  Here: if the twin's join and changes do what the model's do, seen through an abstraction function
    [abs], then _every execution of the twin_ on the network of [Convergence.v] is, seen through [abs], an execution of the model
    ([twin_runs_in_the_model]).  So all that is proved of the models holds of the twins: of every replica's state in every
    execution, with messages in any order or in order.

    What is assumed of a twin, and proved in the files that use this one ([RefineCounters.v], [RefineCausal.v], [RefineMap.v]):
    [bottom_refines], [join_refines], [act_refines].

    [good] are the lists that twins make (ascending, for example).  [compatible] is what two states of one execution have in common
    (for causal types: no dot with two payloads), [fresh_at r s b] what a replica's own state [s] has over other states [b] (for
    causal types: whatever [b] has seen of [r], [s] has seen).  Both are proved of the model's executions.

    The Rust counterpart.  That the Rust types do what the twins do is not proved but tested, in [crates/quipu-crdt/tests/oracle]. *)

From Coq Require Import List FunctionalExtensionality.
From Quipu Require Import Lattice Convergence.
Import ListNotations.

Section Refinement.
  Context {Replica State Op C : Type} `{EqDec Replica} `{Lattice State} `{Joinable C}.
  Variable reads : Op -> bool.
  Variable does : Replica -> Op -> State -> State -> State -> Prop.
  Variable act : Replica -> Op -> C -> C -> C -> Prop.
  Variable abs : C -> State.
  Variable good : C -> Prop.
  Variable compatible : State -> State -> Prop.
  Variable fresh_at : Replica -> State -> State -> Prop.

  Local Notation model := (system Replica State Op).
  Local Notation twin := (system Replica C Op).

  (** A state that occurs in an execution: a replica's, or a message's. *)
  Definition occurs (w : model) (s : State) := (exists r, s = state w r) \/ (exists m, In m (network w) /\ s = fst m).

  Hypothesis model_compatible : forall w s t,
    reachable reads does w -> occurs w s -> occurs w t -> compatible s t.
  Hypothesis model_fresh : forall w r s, reachable reads does w -> occurs w s -> fresh_at r (state w r) s.

  Hypothesis bottom_refines : good bottom /\ abs bottom = bottom.
  Hypothesis join_refines : forall a b,
    good a -> good b -> compatible (abs a) (abs b) -> good (a ⊔ b) /\ abs (a ⊔ b) = abs a ⊔ abs b.
  Hypothesis act_refines : forall r o s b d,
    good s -> good b -> fresh_at r (abs s) (abs b) -> b = s \/ reads o = true ->
    act r o s b d -> good d /\ does r o (abs s) (abs b) (abs d).

  Fixpoint abs_event (e : event Replica C Op) : event Replica State Op :=
    match e with Event n r o k b d => Event n r o (map abs_event k) (map abs_event b) (abs d) end.

  Definition abs_message (m : message (Replica := Replica) (State := C) (Op := Op)) :=
    (abs (fst m), map abs_event (snd m)).

  (** An execution's system, seen through [abs]. *)
  Definition abs_system (w : twin) : model :=
    System (fun r => abs (state w r)) (fun r => map abs_event (known w r)) (map abs_event (history w))
           (map abs_message (network w)).

  Definition all_good (w : twin) := (forall r, good (state w r)) /\ forall m, In m (network w) -> good (fst m).

  Lemma seen_abs e : seen (abs_event e) = map abs_event (seen e).
  Proof. now destruct e. Qed.

  Lemma in_order_abs k k' : in_order k k' -> in_order (map abs_event k) (map abs_event k').
  Proof.
    intros ord e e' ine sees. apply in_map_iff in ine as (x & <- & inx). rewrite seen_abs in sees.
    apply in_map_iff in sees as (y & <- & iny). rewrite <- map_app. apply in_map. now apply (ord x).
  Qed.

  Lemma incl_abs k k' : incl k k' -> incl (map abs_event k) (map abs_event k').
  Proof. intros sub e ine. apply in_map_iff in ine as (x & <- & inx). now apply in_map, sub. Qed.

  Lemma update_abs {A B} (g : A -> B) (f : Replica -> A) r a : (fun r' => g (update f r a r')) = update (fun r' => g (f r')) r (g a).
  Proof. extensionality r'. unfold update. now destruct (eq_dec r r'). Qed.

  Lemma learn_abs (w : twin) r s k :
    abs (state w r ⊔ s) = abs (state w r) ⊔ abs s ->
    abs_system (learn w r s k) = learn (abs_system w) r (abs s) (map abs_event k).
  Proof. intros eq. unfold abs_system, learn. simpl. now rewrite !update_abs, map_app, eq. Qed.

  Lemma occurs_in_network (w : twin) m : In m (network w) -> occurs (abs_system w) (abs (fst m)).
  Proof. intros here. right. exists (abs_message m). split; [now apply in_map | reflexivity]. Qed.

  Lemma occurs_at (w : twin) r : occurs (abs_system w) (abs (state w r)).
  Proof. left. now exists r. Qed.

  (** The states of one execution of the model may be joined. *)
  Lemma learned_good (w : twin) r s k :
    all_good w -> good s -> compatible (abs (state w r)) (abs s) ->
    all_good (learn w r s k) /\ abs (state w r ⊔ s) = abs (state w r) ⊔ abs s.
  Proof.
    intros [gs gn] good_s fits. destruct (join_refines (state w r) s (gs r) good_s fits) as [gj eq].
    split; [split; simpl; [| exact gn] | exact eq]. intros r'. unfold update. destruct (eq_dec r r'); auto.
  Qed.

  (** Every execution of the twin, with messages in any order ([causal] = [False]) or in order ([True]), is an execution of the
      model, replica by replica, message by message, operation by operation. *)
  Theorem twin_runs_in_the_model causal (w : twin) :
    run reads act causal w -> all_good w /\ run reads does causal (abs_system w).
  Proof.
    intros ran. induction ran as [| w w' ran [gd IH] st].
    { destruct bottom_refines as [gb eq]. split; [split; simpl; [auto | easy] |].
      replace (abs_system start) with (start : model); [constructor |]. unfold abs_system, start. simpl. now rewrite eq. }
    assert (reach : reachable reads does (abs_system w)) by now apply (run_reachable _ _ causal).
    destruct st as [r o b k d from made e | m m' here here' | r | r m here ord].
    - assert (base : good b /\ occurs (abs_system w) (abs b) /\ (b = state w r \/ reads o = true)).
      { destruct from as [[= -> ->] | (rd & here & _)].
        - split; [apply gd | split; [apply occurs_at | now left]].
        - split; [exact (proj2 gd _ here) | split; [exact (occurs_in_network _ _ here) | now right]]. }
      destruct base as (good_b & occ & own).
      destruct (act_refines r o (state w r) b d) as [good_d did]; auto; [apply gd | now apply (model_fresh (abs_system w)) |].
      (* The state and its delta may be joined: both occur if the state is sent before the operation is made. *)
      pose (w1 := send (abs_system w) (state (abs_system w) r, known (abs_system w) r)).
      assert (from' : (abs b, map abs_event k) = (state w1 r, known w1 r) \/
                reads o = true /\ In (abs b, map abs_event k) (network w1) /\ (causal -> incl (map abs_event k) (known w1 r))).
      { destruct from as [[= -> ->] | (rd & here & sub)]; [now left | right]. split; [exact rd |]. split.
        - right. now apply (in_map abs_message _ _ here).
        - intros c. now apply incl_abs, sub. }
      assert (fits : compatible (abs (state w r)) (abs d)).
      { pose proof (step_operate reads does causal w1 r o (abs b) (map abs_event k) (abs d) from' did) as st.
        apply (model_compatible _ _ _ (run_reachable _ _ _ _ (run_step _ _ _ _ _ (run_step _ _ _ _ _ IH (step_send_state _ _ _ _ r)) st))).
        - right. exists (abs (state w r), known (abs_system w) r). split; [right; now left | reflexivity].
        - right. eexists. split; [now left | reflexivity]. }
      assert (good_w : all_good (record w e)) by exact gd.
      destruct (learned_good (record w e) r d [e] good_w good_d fits) as [gl eq]. destruct gl as [gs gn].
      split.
      + split; [exact gs |]. intros m [<- | here]; [exact good_d | now apply gn].
      + apply (run_step _ _ _ (abs_system w)); [exact IH |].
        assert (from'' : (abs b, map abs_event k) = (state (abs_system w) r, known (abs_system w) r) \/
                  reads o = true /\ In (abs b, map abs_event k) (network (abs_system w)) /\
                  (causal -> incl (map abs_event k) (known (abs_system w) r))).
        { destruct from as [[= -> ->] | (rd & here & sub)]; [now left | right]. split; [exact rd |]. split.
          - now apply (in_map abs_message _ _ here).
          - intros c. now apply incl_abs, sub. }
        pose proof (step_operate reads does causal (abs_system w) r o (abs b) (map abs_event k) (abs d) from'' did) as st.
        simpl in st. rewrite map_length in st.
        replace (abs_system (send (learn (record w e) r d [e]) (d, [e])))
          with (send (abs_system (learn (record w e) r d [e])) (abs d, [abs_event e])) by reflexivity.
        rewrite (learn_abs (record w e) r d [e] eq). exact st.
    - assert (fits : compatible (abs (fst m)) (abs (fst m'))).
      { apply (model_compatible (abs_system w)); auto using occurs_in_network. }
      destruct (join_refines (fst m) (fst m') (proj2 gd _ here) (proj2 gd _ here') fits) as [gj eq]. split.
      + split; [apply gd |]. intros x [<- | inx]; [exact gj | now apply gd].
      + apply (run_step _ _ _ (abs_system w)); [exact IH |].
        replace (abs_system (send w (fst m ⊔ fst m', snd m ++ snd m')))
          with (send (abs_system w) (fst (abs_message m) ⊔ fst (abs_message m'), snd (abs_message m) ++ snd (abs_message m'))).
        * apply step_group; now apply in_map.
        * unfold abs_system, send, abs_message. simpl. now rewrite eq, map_app.
    - split.
      + split; [apply gd |]. intros x [<- | inx]; [exact (proj1 gd r) | now apply gd].
      + apply (run_step _ _ _ (abs_system w)); [exact IH |]. exact (step_send_state _ _ _ (abs_system w) r).
    - assert (fits : compatible (abs (state w r)) (abs (fst m))).
      { apply (model_compatible (abs_system w)); auto using occurs_in_network, occurs_at. }
      destruct (learned_good w r (fst m) (snd m) gd (proj2 gd _ here) fits) as [gl eq]. split; [exact gl |].
      rewrite (learn_abs w r (fst m) (snd m) eq). apply (run_step _ _ _ (abs_system w)); [exact IH |].
      apply (step_receive _ _ _ (abs_system w) r (abs_message m)); [now apply in_map |].
      intros c. now apply in_order_abs, ord.
  Qed.
End Refinement.
