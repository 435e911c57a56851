(** * Strong eventual consistency, for every type at once

    What is proved.  Replicas of any join-semilattice change their own states and exchange what they know over a network that may
    lose, repeat, delay and reorder everything.  Then
    - each replica's state is exactly the join of the deltas of the operations it knows ([state_is_join_of_known_deltas]);
    - so replicas that know the same operations are in the same state, whichever way that knowledge came: one by one, in groups, as
      whole states, late, twice ([strong_eventual_consistency]);
    - a state that was reduced to what the receiver lacked does what the whole would have done ([difference_is_as_good_as_whole]);
    - what is known is never lost again ([states_only_grow]), and nobody knows an operation that its own replica does not
      ([no_one_knows_more_than_the_maker]);
    - where messages are taken in order, whole states for example, knowledge is causally closed
      ([causal_delivery_keeps_knowledge_closed]).

    The model.  A type is given by a relation [does r o s b d]: at the replica [r], in the state [s], the operation [o] may make the
    delta [d].  The new state is [s ⊔ d].  [b] is the _base_: the state that the operation looked at.  It is the replica's own
    state [s], save for operations that somebody makes who has read earlier or elsewhere ([reads o = true]): then it is some
    message that is about, for example a whole state.

    An [event] is an operation that was made.  It carries, for the sake of the proofs alone, which events its replica
    knew ([saw]) and which events were in the base ([seen]; equal to [saw] for all operations but those that read elsewhere).

    Messages never leave the network.  That one choice is loss (never received), repetition, delay and reordering.  A message is a
    delta, a join of messages, or a whole state.

    [step causal]: if [causal] is [False], replicas take any message.  If it is [True], they take a message only if whatever
    its events had seen is in the message too or known already.

    What is assumed.  A replica keeps its state: crashes that lose a part of it are the subject of [Crash.v].

    The Rust counterpart.  The trait [Lattice] in [crates/quipu-crdt/src/lattice.rs] and the mutators of every type, which return
    the delta of what they did.

    What is left out.  That messages do arrive.  Where they do, [strong_eventual_consistency] says the rest. *)

From Coq Require Import List Arith Lia.
From Quipu Require Import Lattice.
Import ListNotations.

(** ** The model *)

Section Model.
  Context {Replica State Op : Type} `{EqDec Replica} `{Joinable State}.
  Variable reads : Op -> bool.
  Variable does : Replica -> Op -> State -> State -> State -> Prop.

  (** An operation that was made: its number among all (no replica knows it), who made it, what it is, what its maker knew, what it
      looked at, and its delta. *)
  Inductive event := Event (number : nat) (by_ : Replica) (o : Op) (saw_ seen_ : list event) (d : State).

  Definition number e := match e with Event n _ _ _ _ _ => n end.
  Definition by_whom e := match e with Event _ r _ _ _ _ => r end.
  Definition op e := match e with Event _ _ o _ _ _ => o end.
  Definition saw e := match e with Event _ _ _ k _ _ => k end.
  Definition seen e := match e with Event _ _ _ _ k _ => k end.
  Definition delta e := match e with Event _ _ _ _ _ d => d end.

  (** The join of the deltas of some events: the state that knows just these. *)
  Definition state_of (k : list event) : State := joins (map delta k).

  (** Nothing that a known event had looked at is unknown. *)
  Definition closed (k : list event) := forall e e', In e k -> In e' (seen e) -> In e' k.

  (** A message: a state, and (unseen by its receiver) the events whose deltas it contains. *)
  Definition message := (State * list event)%type.

  Record system := System {
    state : Replica -> State;
    known : Replica -> list event;
    history : list event;
    network : list message
  }.

  Definition start := System (fun _ => bottom) (fun _ => []) [] [].

  Definition update {A} (f : Replica -> A) (r : Replica) (a : A) : Replica -> A :=
    fun r' => if eq_dec r r' then a else f r'.

  (** [r] learns [s], which contains the events [k]. *)
  Definition learn (w : system) (r : Replica) (s : State) (k : list event) : system :=
    System (update (state w) r (state w r ⊔ s)) (update (known w) r (k ++ known w r)) (history w) (network w).

  Definition send (w : system) (m : message) : system :=
    System (state w) (known w) (history w) (m :: network w).

  Definition record (w : system) (e : event) : system :=
    System (state w) (known w) (e :: history w) (network w).

  (** Taking [k] where [k'] is known leaves no gap. *)
  Definition in_order (k k' : list event) :=
    forall e e', In e k -> In e' (seen e) -> In e' (k ++ k').

  Inductive step (causal : Prop) (w : system) : system -> Prop :=
  | step_operate r o b k d :
      (b, k) = (state w r, known w r) \/
        (reads o = true /\ In (b, k) (network w) /\ (causal -> incl k (known w r))) ->
      does r o (state w r) b d ->
      let e := Event (length (history w)) r o (known w r) k d in
      step causal w (send (learn (record w e) r d [e]) (d, [e]))
  | step_group m m' :
      In m (network w) -> In m' (network w) ->
      step causal w (send w (fst m ⊔ fst m', snd m ++ snd m'))
  | step_send_state r :
      step causal w (send w (state w r, known w r))
  | step_receive r m :
      In m (network w) -> (causal -> in_order (snd m) (known w r)) ->
      step causal w (learn w r (fst m) (snd m)).

  Inductive run (causal : Prop) : system -> Prop :=
  | run_start : run causal start
  | run_step w w' : run causal w -> step causal w w' -> run causal w'.

  (** Whatever a network may do. *)
  Definition reachable := run False.
  (** With messages taken in order. *)
  Definition causally_reachable := run True.

End Model.

Arguments event : clear implicits.
Arguments system : clear implicits.

(** ** The proofs *)

Section Convergence.
  Context {Replica State Op : Type} `{EqDec Replica} `{Lattice State}.
  Variable reads : Op -> bool.
  Variable does : Replica -> Op -> State -> State -> State -> Prop.

  Local Notation event := (event Replica State Op).
  Local Notation system := (system Replica State Op).
  Local Notation step := (step reads does).
  Local Notation run := (run reads does).
  Local Notation reachable := (reachable reads does).
  Local Notation causally_reachable := (causally_reachable reads does).

  Implicit Types (e : event) (k : list event) (w : system).

  Lemma run_reachable causal w : run causal w -> reachable w.
  Proof.
    intros ran. induction ran as [| w w' ran IH st]; [constructor |]. apply (run_step _ _ _ w); [exact IH |].
    destruct st as [r o b k d from made | | |].
    - apply (step_operate _ _ False w r o b k d); [| exact made]. destruct from as [own | (rd & m & _)]; [now left | right; easy].
    - now apply step_group.
    - apply step_send_state.
    - now apply step_receive.
  Qed.

  (** ** What always holds *)

  (** What is known of each event of the history. *)
  Record event_holds (w : system) (e : event) := {
    e_number : number e < length (history w);
    e_saw : incl (saw e) (history w);
    e_seen : incl (seen e) (history w);
    e_base : reads (op e) = false -> seen e = saw e;
    e_own : In e (known w (by_whom e));
    e_does : does (by_whom e) (op e) (state_of (saw e)) (state_of (seen e)) (delta e);
    e_all_own : forall e', In e' (history w) -> by_whom e' = by_whom e -> number e' < number e -> In e' (saw e);
    e_before : forall e', In e' (saw e) \/ In e' (seen e) -> number e' < number e;
    e_line : forall e', In e' (saw e) -> by_whom e' = by_whom e -> incl (saw e') (saw e)
  }.

  Record invariant (w : system) := {
    i_state : forall r, state w r = state_of (known w r);
    i_known : forall r, incl (known w r) (history w);
    i_line : forall r e, In e (known w r) -> by_whom e = r -> incl (saw e) (known w r);
    i_network : forall m, In m (network w) -> fst m = state_of (snd m) /\ incl (snd m) (history w);
    i_event : forall e, In e (history w) -> event_holds w e;
    i_numbers : forall e e', In e (history w) -> In e' (history w) -> number e = number e' -> e = e';
    i_once : NoDup (history w)
  }.

  Lemma state_of_app k k' : state_of (k ++ k') = state_of k ⊔ state_of k'.
  Proof. unfold state_of. now rewrite map_app, joins_app. Qed.

  Lemma state_of_incl k k' : incl k k' -> state_of k ⊑ state_of k'.
  Proof. intros sub. apply joins_incl. intros d. rewrite !in_map_iff. firstorder. Qed.

  Lemma delta_below e k : In e k -> delta e ⊑ state_of k.
  Proof. intros inside. apply below_joins. now apply in_map. Qed.

  Lemma update_same {A} (f : Replica -> A) r a : update f r a r = a.
  Proof. unfold update. destruct (eq_dec r r); congruence. Qed.

  Lemma update_other {A} (f : Replica -> A) r r' a : r' <> r -> update f r a r' = f r'.
  Proof. unfold update. destruct (eq_dec r r'); congruence. Qed.

  (** All steps but that which makes an event. *)
  Lemma invariant_learn w r s k :
    invariant w -> state w r ⊔ s = state w r ⊔ state_of k -> incl k (history w) -> invariant (learn w r s k).
  Proof.
    intros [st kn li net ev nu on] good sub.
    split; simpl; auto.
    - intros r'. destruct (eq_dec r' r) as [-> | other].
      + rewrite !update_same, good, state_of_app, <- st. apply join_comm.
      + now rewrite !update_other.
    - intros r'. destruct (eq_dec r' r) as [-> | other].
      + rewrite update_same. now apply incl_app.
      + now rewrite update_other.
    - intros r' e. destruct (eq_dec r' r) as [-> | other].
      + rewrite update_same. intros inside own. apply incl_appr, li; [| exact own].
        apply in_app_or in inside as [inside | inside]; [| exact inside].
        rewrite <- own. apply ev, sub, inside.
      + rewrite update_other by exact other. apply li.
    - intros e inside. destruct (ev e inside). split; auto. simpl.
      destruct (eq_dec (by_whom e) r) as [same | other].
      + rewrite same in *. rewrite update_same. apply in_or_app. now right.
      + now rewrite update_other.
  Qed.

  Lemma invariant_send w m :
    invariant w -> fst m = state_of (snd m) -> incl (snd m) (history w) -> invariant (send w m).
  Proof.
    intros [st kn li net ev nu on] good sub.
    split; simpl; auto.
    - intros m' [<- | inside]; auto.
    - intros e inside. now destruct (ev e inside); split.
  Qed.

  Lemma invariant_step causal w w' : invariant w -> step causal w w' -> invariant w'.
  Proof.
    intros inv st. destruct st as [r o b k d from made e | m m' here here' | r | r m here _].
    - destruct inv as [st kn li net ev nu on].
      assert (base : b = state_of k /\ incl k (history w)).
      { destruct from as [[= -> ->] | (_ & here & _)]; [split; auto | exact (net _ here)]. }
      destruct base as [-> subk].
      assert (new : ~ In e (history w)).
      { intros inside. pose proof (e_number _ _ (ev e inside)) as less. simpl in less. lia. }
      split; simpl.
      + intros r'. destruct (eq_dec r' r) as [-> | other].
        * rewrite !update_same, st. unfold state_of at 2. simpl. apply join_comm.
        * now rewrite !update_other.
      + intros r'. destruct (eq_dec r' r) as [-> | other].
        * rewrite update_same. intros x [<- | inside]; [now left | right; now apply (kn r)].
        * rewrite update_other by exact other. now apply incl_tl.
      + intros r' e'. destruct (eq_dec r' r) as [-> | other].
        * rewrite update_same. intros [<- | inside] own; apply incl_tl; [apply incl_refl | now apply li].
        * rewrite update_other by exact other. apply li.
      + intros m [<- | inside]; simpl.
        * split; [unfold state_of; simpl; now rewrite join_bottom | intros x [<- | []]; now left].
        * destruct (net m inside). split; [easy | now apply incl_tl].
      + intros e' [<- | inside].
        * assert (before : forall x, In x (history w) -> number x < length (history w)) by (intros x inside; apply ev, inside).
          split; simpl; auto using incl_tl.
          -- intros own. destruct from as [[= _ ->] | (rd & _)]; [easy | congruence].
          -- rewrite update_same. now left.
          -- now rewrite <- st.
          -- intros x [<- | inside] own less; simpl in *; [lia |].
             rewrite <- own. apply ev, inside.
          -- intros x [inside | inside]; apply before; [now apply (kn r) | now apply subk].
        * destruct (ev e' inside) as [nm sw sn bs ow ds al bf ln]. split; simpl; auto using incl_tl.
          -- destruct (eq_dec (by_whom e') r) as [same | other].
             ++ rewrite same in *. rewrite update_same. now right.
             ++ now rewrite update_other.
          -- intros x [<- | inside'] own less; simpl in *; [lia | auto].
      + assert (before : forall x, In x (history w) -> number x < number e).
        { intros x inside. exact (e_number _ _ (ev x inside)). }
        intros x y [<- | inx] [<- | iny] same; auto.
        * apply before in iny. lia.
        * apply before in inx. lia.
      + now constructor.
    - destruct (i_network _ inv _ here) as [good sub], (i_network _ inv _ here') as [good' sub'].
      apply invariant_send; simpl; [exact inv | | now apply incl_app].
      now rewrite state_of_app, good, good'.
    - apply invariant_send; simpl; [exact inv | apply inv | apply inv].
    - destruct (i_network _ inv _ here) as [good sub]. apply invariant_learn; [exact inv | now rewrite good | exact sub].
  Qed.

  Lemma reachable_invariant causal w : run causal w -> invariant w.
  Proof.
    intros ran. induction ran as [| w w' _ IH st]; [| now apply (invariant_step causal w)].
    split; simpl; try easy. constructor.
  Qed.

  (** Two events of one replica: one saw the other. *)
  Lemma same_maker causal w e e' :
    run causal w -> In e (history w) -> In e' (history w) -> by_whom e = by_whom e' ->
    e = e' \/ In e (saw e') \/ In e' (saw e).
  Proof.
    intros ran ine ine' same. pose proof (reachable_invariant _ _ ran) as inv.
    destruct (lt_eq_lt_dec (number e) (number e')) as [[less | equal] | more].
    - right; left. now apply (e_all_own _ _ (i_event _ inv e' ine')).
    - left. now apply (i_numbers _ inv).
    - right; right. now apply (e_all_own _ _ (i_event _ inv e ine)).
  Qed.

  (** ** The theorems *)

  (** At every moment, the state of every replica, and every message, is the join of the deltas of the operations it contains. *)
  Theorem state_is_join_of_known_deltas w :
    reachable w ->
    (forall r, state w r = state_of (known w r)) /\
    (forall m, In m (network w) -> fst m = state_of (snd m)).
  Proof.
    intros ran. pose proof (reachable_invariant _ _ ran) as inv. split; [apply inv |].
    intros m here. now apply (i_network _ inv m here).
  Qed.

  (** If a receiver has said that it knows [base], and [part] makes good for what [base] lacks of a whole state, then receiving
      [part] is the very step that receiving the whole would be, also if the receiver has moved on. *)
  Theorem difference_is_as_good_as_whole w r (m : message) (base part : State) :
    base ⊔ part = base ⊔ fst m -> base ⊑ state w r -> learn w r part (snd m) = learn w r (fst m) (snd m).
  Proof. intros good later. unfold learn. now rewrite (difference_acts_as_whole base part (fst m)). Qed.

  (** Replicas that know the same operations are in the same state, in whatever order, grouping and number of copies, and in
      whichever form (deltas, groups, whole states, differences) that knowledge reached them. *)
  Theorem strong_eventual_consistency w r r' :
    reachable w ->
    (forall e, In e (known w r) <-> In e (known w r')) ->
    state w r = state w r'.
  Proof.
    intros ran same. pose proof (reachable_invariant _ _ ran) as inv.
    rewrite !(i_state _ inv). apply joins_same. intros d. rewrite !in_map_iff. firstorder.
  Qed.

  (** Two different executions that made the same deltas: replicas that know the same of them are in the same state. *)
  Theorem strong_eventual_consistency_across_runs w w' r r' :
    reachable w -> reachable w' ->
    (forall d, In d (map delta (known w r)) <-> In d (map delta (known w' r'))) ->
    state w r = state w' r'.
  Proof.
    intros ran ran' same.
    rewrite (i_state _ (reachable_invariant _ _ ran)), (i_state _ (reachable_invariant _ _ ran')).
    now apply joins_same.
  Qed.

  (** No step takes knowledge away: each replica's state only grows, and so do the operations it knows. *)
  Theorem states_only_grow causal w w' r :
    step causal w w' -> state w r ⊑ state w' r /\ incl (known w r) (known w' r).
  Proof.
    assert (grow : forall w r' s k, state w r ⊑ state (learn w r' s k) r /\ incl (known w r) (known (learn w r' s k) r)).
    { intros v r' s k. simpl. destruct (eq_dec r r') as [-> | other].
      - rewrite !update_same. split; [apply below_join_left | apply incl_appr, incl_refl].
      - rewrite !update_other by exact other. split; [apply below_refl | apply incl_refl]. }
    intros st. destruct st; try apply grow; simpl; try (split; [apply below_refl | apply incl_refl]).
    apply (grow (record w e) r0 d [e]).
  Qed.

  (** A replica knows all operations that it ever made; so whatever anybody or any message knows of them, it knows too. *)
  Theorem no_one_knows_more_than_the_maker w e :
    reachable w -> In e (history w) -> In e (known w (by_whom e)).
  Proof. intros ran inside. apply (i_event _ (reachable_invariant _ _ ran) e inside). Qed.

  (** If messages are taken in order, then no replica, and no operation's maker, ever knows an operation without those it had
      looked at. *)
  Theorem causal_delivery_keeps_knowledge_closed w :
    causally_reachable w ->
    (forall r, closed (known w r)) /\ (forall e, In e (history w) -> closed (saw e) /\ incl (seen e) (saw e)).
  Proof.
    assert (taken : forall k k', closed k' -> in_order k k' -> closed (k ++ k')).
    { intros k k' cl ord e e' inside sees. apply in_app_or in inside as [inside | inside].
      - now apply (ord e).
      - apply in_or_app. right. now apply (cl e). }
    assert (learned : forall w r s k, (forall r, closed (known w r)) -> in_order k (known w r) ->
              forall r', closed (known (learn w r s k) r')).
    { intros v r s k cl ord r'. simpl. destruct (eq_dec r' r) as [-> | other].
      - rewrite update_same. now apply taken.
      - now rewrite update_other. }
    intros ran. induction ran as [| w w' ran [cl ev] st]; [now split; intros; try (intros x) |].
    destruct st as [r o b k d from made e | m m' here here' | r | r m here ord].
    - assert (sub : incl k (known w r)).
      { destruct from as [[= _ ->] | (_ & _ & sub)]; [apply incl_refl | now apply sub]. }
      split.
      + apply (learned (record w e) r d [e]); [exact cl |].
        intros x y [<- | []] sees. right. now apply sub.
      + intros x [<- | inside]; [simpl; now split | now apply ev].
    - now split.
    - now split.
    - split; [now apply learned; auto | exact ev].
  Qed.

  (** Whole states are always in order: replicas that exchange nothing else, and whose operations look at their own states, have
      causally closed knowledge. *)
  Theorem whole_states_are_in_order w r r' : causally_reachable w -> in_order (known w r) (known w r').
  Proof.
    intros ran e e' inside sees. apply in_or_app. left.
    now apply (proj1 (causal_delivery_keeps_knowledge_closed _ ran) r e).
  Qed.
End Convergence.

