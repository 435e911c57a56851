(** * The register that keeps concurrent writes side by side

    What is proved.
    - Where knowledge is causally closed: the siblings are exactly the values of the known writes that no known write or clear had
      read ([siblings_are_unseen_writes]).
    - No value is lost unseen: the value of a known write that no known write or clear had read is a sibling, whatever the delivery
      ([unseen_write_stays]); and whatever a single operation takes away was alive in what it read ([only_what_was_read_is_replaced]).
    - A write over a read context replaces exactly what was read, also at a replica that holds other siblings, and leaves those
      alone ([write_over_replaces_what_was_read]); a plain write replaces all that its replica holds ([write_replaces_all]).
    - Replicas that know the same operations have the same siblings ([same_operations_same_siblings]).

    "Had read" is [In a (seen o)]: the write [a] was among the events of the state that [o] looked at.  For a plain write or
    clear this is the replica's own state; for a write over a read context it is the state that was read, which may be old, or be
    another replica's.

    The Rust counterpart.  [crates/quipu-crdt/src/mv_register.rs].  A [ReadContext] there is the set of dots that were alive where
    it was read.

    What is assumed.  As in [Causal.v]; and that a read context comes from a read: it holds the live dots of a state that some
    replica had.  A client that makes up dots can make a replica take away what nobody has written yet. *)

From Coq Require Import List NArith.
From Quipu Require Import Lattice Convergence Causal.
Import ListNotations.

Section MvRegister.
  Context {Replica V : Type} `{EqDec Replica, EqDec V}.

  Inductive register_op := Write (v : V) | WriteOver (v : V) | Erase.

  Definition value_written (o : register_op) : option V :=
    match o with Write v | WriteOver v => Some v | Erase => None end.

  (** Every operation takes away all that it sees; a write puts its own value in. *)
  Definition mv_register : causal_type := {|
    payload := V;
    payload_dec := _;
    operation := register_op;
    makes := value_written;
    covers _ _ := true;
    reads o := match o with WriteOver _ => true | _ => false end
  |}.

  Local Notation system := (Convergence.system Replica (causal Replica V) register_op).

  (** A sibling: a value and the dot of its write. *)
  Definition sibling (s : causal Replica V) (d : dot Replica) (v : V) := s d = Live v.

  (** What a write over a read context does at its replica: new dot in, what was read out, all else stays. *)
  Theorem write_over_replaces_what_was_read (s base : causal Replica V) (new : dot Replica) (v : V) :
    agree s base -> s new = Unseen -> base new = Unseen ->
    forall d u,
      sibling (s ⊔ change mv_register (WriteOver v) base new) d u <->
      (d = new /\ u = v) \/ (sibling s d u /\ forall u', ~ sibling base d u').
  Proof.
    intros ag fresh fresh' d u. unfold sibling. rewrite map_join. specialize (ag d).
    assert (delta_at : change mv_register (WriteOver v) base new d =
                       if eq_dec new d then Live v else match base d with Live _ => Removed | _ => Unseen end).
    { unfold change, cover, single. simpl. destruct (eq_dec new d) as [<- |]; [now rewrite fresh' | now destruct (base d)]. }
    rewrite delta_at. destruct (eq_dec new d) as [<- | other].
    - rewrite fresh, fresh'. simpl. split.
      + intros [= <-]. now left.
      + intros [[_ ->] | [eq _]]; congruence.
    - assert (not_new : ~ (d = new /\ u = v)) by (intros [eq _]; now apply other).
      destruct (base d) as [| q |] eqn:there, (s d) as [| p |] eqn:here; simpl; split; try easy;
        try (intros [[eq _] | [eq none]]; (congruence || now contradiction (none q)));
        intros eq; right; (split; [exact eq | congruence]).
  Qed.

  (** A plain write leaves its own value alone. *)
  Theorem write_replaces_all (s : causal Replica V) (new : dot Replica) (v : V) :
    s new = Unseen ->
    forall d u, sibling (s ⊔ change mv_register (Write v) s new) d u <-> d = new /\ u = v.
  Proof.
    intros fresh d u. unfold sibling. rewrite (change_in_place mv_register (Write v) s new fresh d). simpl.
    destruct (eq_dec new d) as [<- | other].
    - split; [intros [= <-] | intros [_ ->]]; easy.
    - destruct (s d); split; intuition congruence.
  Qed.

  Section Reached.
    Context {discipline : Prop}.
    Variable w : system.
    Hypothesis ran : runs mv_register discipline w.

    (** Where knowledge is causally closed: a value stands under a dot exactly if a known write put it there and no known write or
        clear had read that write. *)
    Theorem siblings_are_unseen_writes r d v :
      closed (known w r) ->
      sibling (state w r) d v <->
      exists a, In a (known w r) /\ made mv_register a d v /\ ~ exists o, In o (known w r) /\ In a (seen o).
    Proof.
      intros cl. unfold sibling. rewrite (alive_iff_not_covered mv_register w ran r d v cl).
      split; intros (a & ina & mk & none); exists a; repeat split; auto; intros (o & ino & sees).
      - apply none. now exists o.
      - apply none. now exists o.
    Qed.

    (** Whatever the delivery: the value of a known write that no known write or clear had read is a sibling. *)
    Theorem unseen_write_stays r a v :
      In a (known w r) -> value_written (op a) = Some v ->
      (~ exists o, In o (known w r) /\ In a (seen o)) ->
      exists d, made mv_register a d v /\ sibling (state w r) d v.
    Proof.
      intros ina wr none.
      assert (inh : In a (history w)) by now apply (i_known _ _ _ (reachable_invariant _ _ _ _ ran) r).
      destruct (makes_one mv_register w ran a v inh wr) as [d mk]. exists d. split; [exact mk |].
      apply (unseen_is_never_lost mv_register w ran r d v a ina mk). intros (o & ino & sees & _). apply none. now exists o.
    Qed.

    (** An operation removes a dot only if it was alive in the very state that the operation had read. *)
    Theorem only_what_was_read_is_replaced o d :
      In o (history w) -> removed mv_register o d -> exists v, sibling (state_of (seen o)) d v.
    Proof. intros ino gone. destruct (removed_seen mv_register w ran o d ino gone) as (a & v & _ & _ & _ & live). now exists v. Qed.

    (** Replicas that know the same operations have the same siblings. *)
    Theorem same_operations_same_siblings r r' d v :
      (forall e, In e (known w r) <-> In e (known w r')) ->
      sibling (state w r) d v <-> sibling (state w r') d v.
    Proof. intros eq. now rewrite (strong_eventual_consistency _ _ w r r' (run_reachable _ _ _ _ ran) eq). Qed.
  End Reached.
End MvRegister.

Arguments register_op : clear implicits.
Arguments mv_register V {_}.
