(** * Causal states: live dots under a causal context, and what is alive after any delivery

    What is proved.  A causal state says of each dot (replica, counter) whether it was never seen, is alive with its payload, or
    was seen and removed.  Then
    - these states are a join-semilattice, and the join is the rule of [causal.rs] on the two parts, context and store
      ([join_follows_the_rule]);
    - a part of a state that a receiver lacks, as [causal.rs] computes it, acts as the whole ([difference_is_enough]);
    - dots are unique: no two operations ever make the same dot ([dots_are_unique]), since nobody knows a dot that its own replica
      does not ([new_dots_are_new_everywhere]); so no two states ever hold different payloads under one dot ([payloads_agree]), and
      the rule above is all that ever happens;
    - _characterisation_, for any delivery, gaps included: a dot is alive at a replica exactly if some known operation made it and
      no known operation removed it ([alive_iff_made_and_not_removed]);
    - _specification_, where knowledge is causally closed: a dot is alive exactly if the operation that made it is known and no
      known operation that takes away such payloads had seen it ([alive_iff_not_covered]).  The types that are made of dots
      ([OrSet.v] and its neighbours) are corollaries.

    The model.  A [causal_type] says of each operation [o] which payload it puts under a new dot, if any ([makes]), and which
    payloads it takes away ([covers]): of the dots that are alive in the state the operation looks at, those whose payload it
    covers.  The delta holds exactly the dots made and removed.  An operation looks at its own replica's state, or at a state that
    was read earlier or elsewhere ([reads], see [Convergence.v]).  The new dot is any of the replica's own that its state has not
    seen; the Rust code takes the number after the largest that was seen.

    The Rust counterpart.  [crates/quipu-crdt/src/causal.rs], [context.rs], [dot_fun/].  A state here is both parts of [Causal<S>] in
    one function; [parts_determine_the_state] says that nothing is added.

    What is assumed.  A replica keeps its state.  What becomes of dots without that is the subject of [Crash.v].

    What is left out.  How contexts and stores are kept: ranges, pages, runs.  If two states held different payloads under one
    dot, the join below would drop the dot and the Rust code would keep its own; [payloads_agree] says that this never happens. *)

From Coq Require Import List Arith NArith Bool Lia FunctionalExtensionality.
From Quipu Require Import Lattice Convergence.
Import ListNotations.

(** ** One dot *)

(** Never seen; alive; seen and removed.  Knowledge only goes in this direction. *)
Inductive status (P : Type) := Unseen | Live (p : P) | Removed.
Arguments Unseen {P}.
Arguments Live {P}.
Arguments Removed {P}.

#[global] Instance status_lattice {P} `{EqDec P} : Lattice (status P).
Proof.
  refine {| operations := {|
              bottom := Unseen;
              join := fun a b =>
                match a, b with
                | Unseen, x | x, Unseen => x
                | Live p, Live q => if eq_dec p q then Live p else Removed
                | _, _ => Removed
                end |} |}; simpl.
  - intros [| p |] [| q |]; try easy. destruct (eq_dec p q), (eq_dec q p); congruence.
  - intros [| p |] [| q |] [| r |]; try easy;
      try (destruct (eq_dec p q); easy); try (destruct (eq_dec q r); easy).
    destruct (eq_dec p q) as [<- |]; [destruct (eq_dec p r) as [<- |]; [now destruct (eq_dec p p) | easy] |].
    destruct (eq_dec q r) as [<- |]; [now destruct (eq_dec p q) | easy].
  - intros [| p |]; try easy. now destruct (eq_dec p p).
  - now intros [| p |].
Defined.

#[global] Instance status_eq_dec {P} `{EqDec P} : EqDec (status P).
Proof. intros [| p |] [| q |]; try (now left); try (now right). destruct (eq_dec p q); [left | right]; congruence. Defined.

(** A dot names a change: the replica that made it, and its number there. *)
Notation dot Replica := (Replica * N)%type.

(** A causal state: what it knows of each dot. *)
Notation causal Replica P := (dot Replica -> status P).

Section States.
  Context {Replica P : Type} `{EqDec Replica, EqDec P}.
  Local Notation dot := (dot Replica).
  Local Notation causal := (causal Replica P).

  (** The two parts: the causal context, and the store. *)
  Definition context (s : causal) (d : dot) : bool :=
    match s d with Unseen => false | _ => true end.
  Definition store (s : causal) (d : dot) : option P :=
    match s d with Live p => Some p | _ => None end.

  (** No dot has two payloads. *)
  Definition agree (s t : causal) := forall d p q, s d = Live p -> t d = Live q -> p = q.

  (** A store under a context that has seen all that is alive is one causal state, and each causal state is such a pair. *)
  Theorem parts_determine_the_state (seen : dot -> bool) (alive : dot -> option P) :
    (forall d, alive d <> None -> seen d = true) ->
    exists s : causal, (forall t : causal, context t = seen /\ store t = alive <-> t = s).
  Proof.
    intros inside.
    exists (fun d => match alive d with Some p => Live p | None => if seen d then Removed else Unseen end).
    intros t. split.
    - intros [<- <-]. extensionality d. unfold context, store. now destruct (t d).
    - intros ->. unfold context, store. split; extensionality d; specialize (inside d);
        destruct (alive d), (seen d); try easy. now specialize (inside ltac:(easy)).
  Qed.

  (** The join is the rule of the Rust code: seen by one is seen; alive in both stays alive; alive on one side stays alive if
      the other has never seen it, and is gone if the other has. *)
  Theorem join_follows_the_rule (s t : causal) :
    agree s t ->
    forall d,
      context (s ⊔ t) d = context s d || context t d /\
      store (s ⊔ t) d =
        match store s d, store t d with
        | Some p, Some _ => Some p
        | Some p, None => if context t d then None else Some p
        | None, Some q => if context s d then None else Some q
        | None, None => None
        end.
  Proof.
    intros ag d. specialize (ag d). unfold context, store. rewrite map_join.
    destruct (s d) as [| p |], (t d) as [| q |]; simpl; try easy.
    rewrite (ag p q) by easy. now destruct (eq_dec q q).
  Qed.

  (** What [s] knows and [known] does not, as the Rust code computes it: what was never seen there, and what is alive there and
      gone here. *)
  Definition difference (s known : causal) : causal := fun d =>
    match s d, known d with
    | x, Unseen => x
    | Removed, Live _ => Removed
    | _, _ => Unseen
    end.

  (** The difference is below the state it was taken of, and makes up for all that was lacking. *)
  Theorem difference_is_enough (s known : causal) :
    agree s known ->
    difference s known ⊑ s /\ known ⊔ difference s known = known ⊔ s /\
    (s ⊑ known <-> difference s known = bottom).
  Proof.
    intros ag. unfold difference. split; [| split].
    - apply map_below. intros d. unfold below. destruct (s d) as [| p |], (known d) as [| q |]; simpl; try easy.
      now destruct (eq_dec p p).
    - extensionality d. rewrite !map_join. specialize (ag d).
      destruct (s d) as [| p |], (known d) as [| q |]; simpl; try easy.
      rewrite (ag p q) by easy. now destruct (eq_dec q q).
    - rewrite map_below. split.
      + intros sub. extensionality d. specialize (sub d). unfold below in sub.
        destruct (s d) as [| p |], (known d) as [| q |]; simpl in *; try easy.
      + intros nothing d. apply (f_equal (fun f => f d)) in nothing. specialize (ag d). unfold below.
        destruct (s d) as [| p |], (known d) as [| q |]; simpl in *; try easy.
        rewrite (ag p q) by easy. now destruct (eq_dec q q).
  Qed.

  (** A dot is alive in a join exactly if it is alive in some part and in each part alive or unseen. *)
  Lemma joins_alive (l : list (status P)) p :
    joins l = Live p <-> In (Live p) l /\ forall x, In x l -> x = Unseen \/ x = Live p.
  Proof.
    induction l as [| x l IH]; [easy |].
    change (joins (x :: l)) with (x ⊔ joins l).
    assert (rest : (forall y, In y l -> y = Unseen \/ y = Live p) -> joins l = Unseen \/ joins l = Live p).
    { intros all. assert (sub : joins l ⊑ Live p).
      { apply joins_least. intros y inside. destruct (all y inside) as [-> | ->]; [easy | apply below_refl]. }
      unfold below in sub. destruct (joins l) as [| q |]; [now left | right | easy].
      simpl in sub. destruct (eq_dec q p); congruence. }
    split.
    - intros eq. assert (sub : forall y, In y (x :: l) -> y = Unseen \/ y = Live p).
      { intros y inside. assert (below_all : y ⊑ Live p) by (rewrite <- eq; now apply (below_joins y (x :: l))).
        unfold below in below_all. destruct y as [| q |]; [now left | right | easy].
        simpl in below_all. destruct (eq_dec q p); congruence. }
      split; [| exact sub]. destruct (sub x) as [-> | ->]; [now left | right | now left].
      apply IH. exact eq.
    - intros [some all]. destruct (all x) as [-> | ->]; [now left | |].
      + destruct some as [eq | some]; [easy |]. apply IH. split; [exact some |]. intros y inside. apply all. now right.
      + destruct rest as [-> | ->]; [intros y inside; apply all; now right | easy |].
        simpl. now destruct (eq_dec p p).
  Qed.
End States.


(** ** Types made of dots *)

Record causal_type := CausalType {
  payload : Type;
  payload_dec : EqDec payload;
  operation : Type;
  (** What the operation puts under a new dot. *)
  makes : operation -> option payload;
  (** Whether the operation takes away what it sees of this payload. *)
  covers : operation -> payload -> bool;
  (** Whether the operation looks at a state that was read earlier or elsewhere, and not at its own replica's. *)
  reads : operation -> bool
}.

#[global] Existing Instance payload_dec.

Section Changes.
  Context {Replica : Type} `{EqDec Replica} (T : causal_type).

  (** The removals: seen, and no more alive. *)
  Definition cover (o : operation T) (base : causal Replica (payload T)) : causal Replica (payload T) :=
    fun d => match base d with Live p => if covers T o p then Removed else Unseen | _ => Unseen end.

  (** The delta of an operation: the dot that it makes, and the dots that it removes. *)
  Definition change (o : operation T) (base : causal Replica (payload T)) (new : dot Replica) : causal Replica (payload T) :=
    match makes T o with
    | Some p => single new (Live p) ⊔ cover o base
    | None => cover o base
    end.

  (** The operation [o] at [r], whose state is [s], with the base [base], may make the delta [d]. *)
  Definition does (r : Replica) (o : operation T) (s base d : causal Replica (payload T)) : Prop :=
    exists n, s (r, n) = Unseen /\ d = change o base (r, n).

  (** What an operation does to the state of its own replica when it looks at that state: it is what the mutators of the Rust code do
      in place, and it is the join with the delta that they return. *)
  Theorem change_in_place (o : operation T) (s : causal Replica (payload T)) (new : dot Replica) :
    s new = Unseen ->
    forall d, (s ⊔ change o s new) d =
      match makes T o, s d with
      | Some p, x => if eq_dec new d then Live p else match x with Live q => if covers T o q then Removed else x | _ => x end
      | None, Live q => if covers T o q then Removed else Live q
      | None, x => x
      end.
  Proof.
    intros fresh d. unfold change, cover, single. rewrite map_join.
    destruct (makes T o) as [p |]; [rewrite map_join; destruct (eq_dec new d) as [<- |]; [now rewrite fresh |] |];
      simpl; destruct (s d) as [| q |]; try easy; destruct (covers T o q); try easy; simpl; now destruct (eq_dec q q).
  Qed.

  Local Notation event := (Convergence.event Replica (causal Replica (payload T)) (operation T)).
  Local Notation system := (Convergence.system Replica (causal Replica (payload T)) (operation T)).

  (** The executions of a causal type; see [Convergence.v]. *)
  Definition runs (causal : Prop) : system -> Prop := run (reads T) does causal.
  Definition reached : system -> Prop := runs False.
  Definition causally_reached : system -> Prop := runs True.

  (** The event made the dot, with this payload; the event removed the dot. *)
  Definition made (e : event) (d : dot Replica) (p : payload T) := delta e d = Live p.
  Definition removed (e : event) (d : dot Replica) := delta e d = Removed.

  Lemma change_live o base new d p : change o base new d = Live p -> d = new /\ makes T o = Some p.
  Proof.
    unfold change, cover, single. destruct (makes T o) as [q |]; rewrite ?map_join; simpl.
    - destruct (eq_dec new d) as [<- |]; destruct (base _) as [| x |]; try destruct (covers T o x); simpl; try easy;
        intros [= ->]; easy.
    - destruct (base d) as [| x |]; try destruct (covers T o x); easy.
  Qed.

  Lemma change_removed o base new d :
    change o base new d = Removed -> exists p, base d = Live p /\ covers T o p = true.
  Proof.
    unfold change, cover, single. destruct (makes T o) as [q |]; rewrite ?map_join; simpl.
    - destruct (eq_dec new d) as [<- |]; destruct (base _) as [| x |]; try destruct (covers T o x) eqn:cv; simpl; try easy;
        intros _; now exists x.
    - destruct (base d) as [| x |]; try destruct (covers T o x) eqn:cv; try easy. intros _. now exists x.
  Qed.

  Lemma change_covered o base new d p :
    base d = Live p -> covers T o p = true -> change o base new d = Removed.
  Proof.
    intros live cv. unfold change, cover, single. destruct (makes T o) as [q |]; rewrite ?map_join, live, cv; [| easy].
    simpl. now destruct (eq_dec new d).
  Qed.

  Context {discipline : Prop}.

  Section Reached.
    Variable w : system.
    Hypothesis ran : runs discipline w.

    Local Notation inv := (reachable_invariant _ _ _ _ ran).

    Lemma seen_in_history o : In o (history w) -> incl (seen o) (history w).
    Proof. intros ino. apply (e_seen _ _ _ _ (i_event _ _ _ inv o ino)). Qed.

    Lemma made_by e d p : In e (history w) -> made e d p -> fst d = by_whom e /\ makes T (op e) = Some p /\
      state_of (saw e) d = Unseen.
    Proof.
      intros inside live. destruct (e_does _ _ _ _ (i_event _ _ _ inv e inside)) as (n & fresh & eq).
      unfold made in live. rewrite eq in live. apply change_live in live as [-> mk]. easy.
    Qed.

    Lemma state_of_seen (k : list event) e d : In e k -> delta e d <> Unseen -> state_of k d <> Unseen.
    Proof.
      intros inside some none. pose proof (delta_below e k inside) as sub. rewrite map_below in sub.
      specialize (sub d). unfold below in sub. rewrite none in sub. now destruct (delta e d).
    Qed.

    (** No two operations make the same dot. *)
    Theorem dots_are_unique e e' d p p' :
      In e (history w) -> In e' (history w) -> made e d p -> made e' d p' -> e = e' /\ p = p'.
    Proof.
      intros ine ine' mk mk'.
      destruct (made_by e d p ine mk) as (by_e & _ & new), (made_by e' d p' ine' mk') as (by_e' & _ & new').
      destruct (same_maker _ _ _ _ e e' ran ine ine') as [<- | [before | before]]; [congruence | | |].
      - split; [easy |]. unfold made in *. congruence.
      - contradiction (state_of_seen _ _ d before); unfold made in mk; congruence.
      - contradiction (state_of_seen _ _ d before); unfold made in mk'; congruence.
    Qed.

    (** A dot is alive in the join of some events' deltas exactly if one of them made it and none removed it. *)
    Lemma alive_in (k : list event) d p :
      incl k (history w) ->
      state_of k d = Live p <-> (exists a, In a k /\ made a d p) /\ ~ exists o, In o k /\ removed o d.
    Proof.
      intros sub. unfold state_of. rewrite map_joins, joins_alive, map_map, in_map_iff. split.
      - intros [(a & mk & inside) all]. split; [now exists a |]. intros (o & ino & gone).
        destruct (all (delta o d)) as [x | x]; unfold removed in gone; try congruence.
        apply in_map_iff. now exists o.
      - intros [(a & inside & mk) none]. split; [now exists a |]. intros x inx.
        apply in_map_iff in inx as (o & <- & ino). destruct (delta o d) as [| q |] eqn:eq; [now left | |].
        + right. now destruct (dots_are_unique a o d p q (sub _ inside) (sub _ ino) mk eq) as [_ ->].
        + contradiction none. now exists o.
    Qed.

    Lemma removed_seen o d :
      In o (history w) -> removed o d ->
      exists a p, In a (seen o) /\ made a d p /\ covers T (op o) p = true /\ state_of (seen o) d = Live p.
    Proof.
      intros ino gone. destruct (e_does _ _ _ _ (i_event _ _ _ inv o ino)) as (n & _ & eq).
      unfold removed in gone. rewrite eq in gone. apply change_removed in gone as (p & live & cv).
      pose proof live as alive. apply alive_in in alive as [(a & ina & mk) _]; [| now apply seen_in_history].
      now exists a, p.
    Qed.

    Lemma covered_removed o d p :
      In o (history w) -> state_of (seen o) d = Live p -> covers T (op o) p = true -> removed o d.
    Proof.
      intros ino live cv. destruct (e_does _ _ _ _ (i_event _ _ _ inv o ino)) as (n & _ & eq).
      unfold removed. rewrite eq. now apply (change_covered _ _ _ _ p).
    Qed.

    (** For any delivery, gaps included: a dot is alive at a replica exactly if a known operation made it and no known operation
        removed it. *)
    Theorem alive_iff_made_and_not_removed r d p :
      state w r d = Live p <->
      (exists a, In a (known w r) /\ made a d p) /\ ~ exists o, In o (known w r) /\ removed o d.
    Proof. rewrite (i_state _ _ _ inv). apply alive_in. apply inv. Qed.

    (** What one set of events makes of a dot: closed sets obey the specification; and in any set, what nobody covers lives. *)
    Lemma covered_in (k : list event) d p :
      incl k (history w) -> closed k ->
      state_of k d = Live p <->
      exists a, In a k /\ made a d p /\ ~ exists o, In o k /\ In a (seen o) /\ covers T (op o) p = true.
    Proof.
      intros sub cl. rewrite alive_in by exact sub. split.
      - intros [(a & ina & mk) none]. exists a. split; [exact ina |]. split; [exact mk |].
        intros (o & ino & sees & cv). apply none.
        destruct (state_of (seen o) d) as [| q |] eqn:there.
        + contradiction (state_of_seen _ _ d sees); unfold made in mk; congruence.
        + exists o. split; [exact ino |].
          pose proof (seen_in_history o (sub _ ino)) as subo.
          pose proof there as alive. apply alive_in in alive as [(a' & ina' & mk') _]; [| exact subo].
          destruct (dots_are_unique a a' d p q (sub _ ina) (subo _ ina') mk mk') as [_ <-].
          now apply (covered_removed o d p (sub _ ino)).
        + (* It was gone already where [o] looked: somebody seen by [o] had removed it. *)
          assert (gone : exists o', In o' (seen o) /\ removed o' d).
          { pose proof (seen_in_history o (sub _ ino)) as subo.
            destruct (in_dec status_eq_dec Removed (map (fun e => delta e d) (seen o))) as [yes | no].
            - apply in_map_iff in yes as (o' & gone & ino'). now exists o'.
            - exfalso. assert (state_of (seen o) d = Live p); [| congruence].
              apply alive_in; [exact subo |]. split; [now exists a |]. intros (o' & ino' & gone).
              apply no. rewrite <- gone. apply in_map_iff. now exists o'. }
          destruct gone as (o' & ino' & gone). exists o'. split; [now apply (cl o) | exact gone].
      - intros (a & ina & mk & none). split; [now exists a |]. intros (o & ino & gone).
        destruct (removed_seen o d (sub _ ino) gone) as (a' & q & ina' & mk' & cv & _).
        assert (ina'h : In a' (history w)) by now apply (seen_in_history o (sub _ ino)).
        destruct (dots_are_unique a a' d p q (sub _ ina) ina'h mk mk') as [<- <-]. apply none. now exists o.
    Qed.

    (** Where knowledge is causally closed: a dot is alive exactly if the operation that made it is known, and no known operation
        that takes away such payloads had seen it. *)
    Theorem alive_iff_not_covered r d p :
      closed (known w r) ->
      state w r d = Live p <->
      exists a, In a (known w r) /\ made a d p /\
        ~ exists o, In o (known w r) /\ In a (seen o) /\ covers T (op o) p = true.
    Proof. intros cl. rewrite (i_state _ _ _ inv). apply covered_in; [apply inv | exact cl]. Qed.

    (** For any delivery: what no known operation has seen and taken away is alive.  Nothing vanishes unseen. *)
    Theorem unseen_is_never_lost r d p a :
      In a (known w r) -> made a d p ->
      (~ exists o, In o (known w r) /\ In a (seen o) /\ covers T (op o) p = true) ->
      state w r d = Live p.
    Proof.
      intros ina mk none. apply alive_iff_made_and_not_removed. split; [now exists a |]. intros (o & ino & gone).
      assert (sub : incl (known w r) (history w)) by apply inv.
      destruct (removed_seen o d (sub _ ino) gone) as (a' & q & ina' & mk' & cv & _).
      assert (ina'h : In a' (history w)) by now apply (seen_in_history o (sub _ ino)).
      destruct (dots_are_unique a a' d p q (sub _ ina) ina'h mk mk') as [<- <-]. apply none. now exists o.
    Qed.

    (** Whatever was seen was made, and not after all that saw it. *)
    Lemma seen_was_made (k : list event) d :
      incl k (history w) -> state_of k d <> Unseen ->
      exists a p x, In a (history w) /\ made a d p /\ In x k /\ number a <= number x.
    Proof.
      intros sub some.
      assert (toucher : exists e, In e k /\ delta e d <> Unseen).
      { clear sub. unfold state_of in some. rewrite map_joins, map_map in some.
        induction k as [| e k IH]; simpl in some; [easy |].
        destruct (delta e d) eqn:eq; [| exists e; split; [now left | congruence] ..].
        destruct IH as (e' & ine & touch); [exact some |]. exists e'. split; [now right | exact touch]. }
      destruct toucher as (e & ine & touch). destruct (delta e d) as [| p |] eqn:eq; [easy | |].
      - exists e, p, e. auto.
      - destruct (removed_seen e d (sub _ ine) eq) as (a & p & ina & mk & _). exists a, p, e.
        destruct (i_event _ _ _ inv e (sub _ ine)) as [_ _ subs _ _ _ _ before _].
        repeat split; auto. apply Nat.lt_le_incl, before. now right.
    Qed.

    (** Whoever has seen a dot of replica [r]: [r] has seen it too. *)
    Lemma owner_has_seen (k : list event) d :
      incl k (history w) -> state_of k d <> Unseen -> state w (fst d) d <> Unseen.
    Proof.
      intros sub some. destruct (seen_was_made k d sub some) as (a & p & _ & ina & mk & _).
      destruct (made_by a d p ina mk) as (-> & _).
      rewrite (i_state _ _ _ inv). apply (state_of_seen _ a); [apply (i_event _ _ _ inv a ina) |].
      unfold made in mk. congruence.
    Qed.

    (** A dot of replica [r] that [r] has not seen is new: no replica and no message has seen it. *)
    Theorem new_dots_are_new_everywhere r n :
      state w r (r, n) = Unseen ->
      (forall r', state w r' (r, n) = Unseen) /\ (forall m, In m (network w) -> fst m (r, n) = Unseen).
    Proof.
      intros new. split.
      - intros r'. destruct (state w r' (r, n)) eqn:eq; [easy | |]; exfalso;
          (apply (owner_has_seen (known w r') (r, n)); [apply inv | rewrite <- (i_state _ _ _ inv); congruence | exact new]).
      - intros m here. destruct (i_network _ _ _ inv m here) as [eq sub].
        destruct (fst m (r, n)) eqn:val; [easy | |]; exfalso;
          (apply (owner_has_seen (snd m) (r, n)); [exact sub | rewrite <- eq; congruence | exact new]).
    Qed.

    (** Any two states, of replicas or in messages, agree on the payload of a dot; so every join follows the rule. *)
    Theorem payloads_agree s t :
      (exists r, s = state w r) \/ (exists m, In m (network w) /\ s = fst m) ->
      (exists r, t = state w r) \/ (exists m, In m (network w) /\ t = fst m) ->
      agree s t.
    Proof.
      assert (some : forall s, (exists r, s = state w r) \/ (exists m, In m (network w) /\ s = fst m) ->
                exists k, incl k (history w) /\ s = state_of k).
      { intros x [(r & ->) | (m & here & ->)].
        - exists (known w r). split; apply inv.
        - exists (snd m). now destruct (i_network _ _ _ inv m here). }
      intros from from' d p q. destruct (some s from) as (k & sub & ->), (some t from') as (k' & sub' & ->).
      intros ls lt. apply alive_in in ls as [(a & ina & mk) _]; [| exact sub].
      apply alive_in in lt as [(a' & ina' & mk') _]; [| exact sub'].
      now destruct (dots_are_unique a a' d p q (sub _ ina) (sub' _ ina') mk mk').
    Qed.

    (** Each operation that puts something in makes exactly one dot. *)
    Lemma makes_one e p : In e (history w) -> makes T (op e) = Some p -> exists d, made e d p.
    Proof.
      intros ine mk. destruct (i_event _ _ _ inv e ine) as [_ _ subs _ _ (n & new & eq) all before _].
      exists (by_whom e, n). unfold made. rewrite eq. unfold change, single, cover. rewrite mk, map_join.
      destruct (eq_dec (by_whom e, n) (by_whom e, n)) as [_ |]; [| easy].
      destruct (state_of (seen e) (by_whom e, n)) as [| q |] eqn:base; try easy. exfalso.
      destruct (seen_was_made (seen e) (by_whom e, n) subs) as (a & p' & x & ina & mka & inx & le); [congruence |].
      destruct (made_by a _ p' ina mka) as (same & _).
      apply (state_of_seen (saw e) a (by_whom e, n)); [| unfold made in mka; congruence | exact new].
      apply all; [exact ina | now symmetry |]. specialize (before x (or_intror inx)). lia.
    Qed.
  End Reached.
End Changes.
