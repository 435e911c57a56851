(** * A store whose changes happen at its newest state: fences and slots are right

    Maelstrom's [seq-kv] promises more than sequential consistency: what changes the store is carried out on the
    newest state. Here that is a property of the lawful order: an execution that changes what its key holds
    stands behind all that was answered, to anybody, before its call was sent ([at_newest]). [MaelstromStore.v]
    proves that the service as it is programmed has such an order for every run.

    - [move_is_a_fence]: a write or a successful swap that puts a value which no other call ever puts there is a
      fence. What the same node asks afterwards stands behind everything that was acknowledged before the fence
      was sent.
    - [fenced_read_is_fresh]: so a plain read behind a fence shows what its key held after all acknowledged
      changes.
    - [slots_are_right]: the counter [slots]. A node moves its own slot by a swap to a new version, and then
      reads the others' slots. From each slot it reads at least the version that any swap acknowledged before its
      own move was sent had put there. (That it reads nothing that was sent after its answer is [no_prophecy],
      which is assumed of every run.)
    - [passes_may_disagree]: but [slots] is not linearizable, not even on a store that does one thing after
      another. A pass over several keys is no single moment: two readers may see two adds in different orders.

    Without [at_newest] all of this is false: [StaleReads.v], [fresh_write_is_no_fence].

    Not proved: that a node of [slots] carries each of its adds out once. It settles lost answers as the chain
    does ([ChainCounter.v]), with the boot number and the version in the slot.

    Rust: [crates/quipu-node/src/nodes/fence.rs] ([Fresh]), [crates/quipu-node/src/nodes/slots/]; the store is
    [crates/quipu-sim/src/services/versions.rs], in its form that is truly sequential ([Clamped]). *)

From Coq Require Import List String Arith ZArith Lia Bool Sorted.
From Quipu Require Import SeqStore.
Import ListNotations.

Section Newest.

  Variable value : Type.
  Variable value_eq : forall v w : value, {v = w} + {v <> w}.
  Variable run : list (call value).
  Variable order : list (execution value).

  Notation state_after := (state_after value_eq).
  Notation after := (after value_eq).

  (** The call, performed on [s], changes what its key holds. *)
  Definition changes (s : state value) (c : call value) : Prop :=
    after s c (key_of (asked c)) <> s (key_of (asked c)).

  (** Changes stand behind all that was answered before they were sent. *)
  Definition at_newest : Prop := forall past e rest c,
    order = past ++ e :: rest -> In c run -> precedes c (call_of e) ->
    changes (state_after empty past) (call_of e) -> In (Heard c) past.

  Hypothesis L : lawful value_eq run order.
  Hypothesis N : at_newest.

  (** ** Fences *)

  (** Whatever a key holds, somebody has put there. *)
  Lemma held_was_offered : forall es s k v, state_after s es k = Some v ->
    s k = Some v \/ exists e, In e es /\ offers (asked (call_of e)) k v.
  Proof.
    induction es as [|e es IH]; simpl; intros s k v H; [auto|].
    destruct (IH _ _ _ H) as [A|(d & D & OF)]; [|right; eauto].
    unfold SeqStore.after, perform in A. destruct (asked (call_of e)) as [k'|k' v'|k' f t cr] eqn:Q; simpl in A; auto.
    - unfold put in A. destruct (String.eqb_spec k k'); auto. injection A as ->.
      right. exists e. rewrite Q. simpl. auto.
    - assert (P : put s k' t k = Some v -> s k = Some v \/ exists d, In d (e :: es) /\ offers (asked (call_of d)) k v).
      { unfold put. intros P. destruct (String.eqb_spec k k'); auto. injection P as ->.
        right. exists e. rewrite Q. simpl. auto. }
      destruct (s k') as [x|]; [destruct (value_eq x f)|destruct cr]; simpl in A; auto.
  Qed.

  (** The call was answered with success, and puts a value that no other call puts under its key. *)
  Definition moves (m : call value) : Prop :=
    In m run /\ exists k v, offers (asked m) k v /\ (exists t, answered m = Some (t, Done))
      /\ forall c, In c run -> offers (asked c) k v -> c = m.

  Lemma done_puts : forall s (m : call value) k v, offers (asked m) k v -> outcome value_eq s m = Done ->
    key_of (asked m) = k /\ after s m k = Some v.
  Proof.
    intros s m k v OF D. unfold outcome, SeqStore.after, perform in *.
    destruct (asked m) as [k'|k' v'|k' f t cr]; simpl in *; [tauto| |]; destruct OF as [-> ->]; split; auto.
    - unfold put. now rewrite String.eqb_refl.
    - destruct (s k) as [x|]; [destruct (value_eq x f)|destruct cr]; simpl in *; try discriminate;
        unfold put; now rewrite String.eqb_refl.
  Qed.

  (** Where a move was answered, or before, an execution of it changes its key. *)
  Lemma move_changes : forall m past rest, moves m -> order = past ++ Heard m :: rest ->
    exists before e more, past ++ [Heard m] = before ++ e :: more /\ call_of e = m
      /\ changes (state_after empty before) m.
  Proof.
    intros m past rest (IM & k & v & OF & (t & A) & U) EQ.
    destruct (lawful_heard _ _ _ _ _ _ _ L EQ) as (t' & A').
    assert (D : outcome value_eq (state_after empty past) m = Done) by congruence.
    destruct (done_puts _ _ _ _ OF D) as [K P].
    assert (H : forall es, (forall e, In e es -> In (call_of e) run) -> state_after empty es k = Some v ->
      exists before e more, es = before ++ e :: more /\ call_of e = m /\ changes (state_after empty before) m).
    { intros es. induction es as [|x es IH] using rev_ind; intros R S; [discriminate|].
      assert (R' : forall e, In e es -> In (call_of e) run) by (intros; apply R, in_or_app; auto).
      destruct (state_after empty es k) as [w|] eqn:W; [destruct (value_eq w v) as [->|NE]|].
      - destruct (IH R' eq_refl) as (b & e & more & -> & E & C).
        exists b, e, (more ++ [x]). rewrite <- app_assoc. auto.
      - destruct (held_was_offered [x] (state_after empty es) k v) as [B|(e & [<-|[]] & OE)].
        + rewrite <- state_after_app. exact S.
        + congruence.
        + exists es, x, []. assert (X : call_of x = m) by (apply U; auto; apply R, in_or_app; simpl; auto).
          rewrite state_after_app in S. simpl in S. repeat split; auto.
          unfold changes. rewrite K, <- X, S, W. congruence.
      - destruct (held_was_offered [x] (state_after empty es) k v) as [B|(e & [<-|[]] & OE)].
        + rewrite <- state_after_app. exact S.
        + congruence.
        + exists es, x, []. assert (X : call_of x = m) by (apply U; auto; apply R, in_or_app; simpl; auto).
          rewrite state_after_app in S. simpl in S. repeat split; auto.
          unfold changes. rewrite K, <- X, S, W. congruence. }
    apply H.
    - intros e I. apply (of_the_run L). rewrite EQ. rewrite in_app_iff in *. simpl in *. tauto.
    - rewrite state_after_app. exact P.
  Qed.

  (** What a node asks after a move of its own was answered stands behind everything that was answered, to anybody,
      before that move was sent. *)
  Theorem move_is_a_fence : forall m acked later past e rest,
    moves m -> In acked run -> precedes acked m ->
    session later = session m -> precedes m later ->
    order = past ++ e :: rest -> call_of e = later -> In (Heard acked) past.
  Proof.
    intros m acked later past e rest M IA PA SE PM EQ E.
    assert (H : In (Heard m) past) by (apply (in_session L m later past e rest); auto; apply M).
    destruct (in_split _ _ H) as (p1 & p2 & ->).
    assert (EQ' : order = p1 ++ Heard m :: p2 ++ e :: rest) by (rewrite EQ, <- app_assoc; reflexivity).
    destruct (move_changes _ _ _ M EQ') as (b & x & more & S & X & C).
    assert (I : In (Heard acked) b).
    { apply (N b x (more ++ p2 ++ e :: rest)); try rewrite X; auto.
      rewrite EQ'. change (p1 ++ Heard m :: p2 ++ e :: rest) with (p1 ++ [Heard m] ++ (p2 ++ e :: rest)).
      rewrite app_assoc, S, <- app_assoc. reflexivity. }
    change (p1 ++ Heard m :: p2) with (p1 ++ [Heard m] ++ p2). rewrite app_assoc, S, <- app_assoc.
    apply in_or_app. now left.
  Qed.

  (** A read behind a fence shows what its key held at a place behind everything that was answered before the
      fence was sent. *)
  Theorem fenced_read_is_fresh : forall m acked r k t a,
    moves m -> In acked run -> precedes acked m -> In r run -> session r = session m -> precedes m r ->
    asked r = Read k -> answered r = Some (t, a) ->
    exists past rest, order = past ++ rest /\ In (Heard acked) past
      /\ a = match state_after empty past k with Some v => Held v | None => NoKey end.
  Proof.
    intros m acked r k t a M IA PA IR SE PM Q A.
    destruct (lawful_answered _ _ _ _ _ _ _ L IR A) as (past & rest & EQ & OUT).
    exists past, (Heard r :: rest). split; [exact EQ|]. split.
    - apply (move_is_a_fence m acked r past (Heard r) rest); auto.
    - unfold outcome, perform in OUT. rewrite Q in OUT. simpl in OUT. congruence.
  Qed.

  (** ** Slots: keys whose version only goes up *)

  (** All that is ever put under the slot's key is put there by swaps to a higher version, or where there was no
      such key. *)
  Definition rises (version : value -> nat) (k : key) : Prop :=
    forall c, In c run -> key_of (asked c) = k ->
      asked c = Read k \/ exists from to create, asked c = Swap k from to create /\ version from < version to.

  Definition version_of (version : value -> nat) (held : option value) : nat :=
    match held with Some v => version v | None => 0 end.

  Lemma version_grows : forall version k es s, rises version k -> (forall e, In e es -> In (call_of e) run) ->
    version_of version (s k) <= version_of version (state_after s es k).
  Proof.
    intros version k es. induction es as [|e es IH]; simpl; intros s R I; [lia|].
    etransitivity; [|apply IH; auto]. unfold SeqStore.after, perform.
    destruct (string_dec (key_of (asked (call_of e))) k) as [K|K].
    - destruct (R _ (I e (or_introl eq_refl)) K) as [->|(f & t & cr & -> & LT)]; simpl; [lia|].
      destruct (s k) as [x|] eqn:S; [destruct (value_eq x f) as [->|]|destruct cr]; simpl; rewrite ?S; simpl;
        unfold put; rewrite ?String.eqb_refl; simpl; lia.
    - assert (K' : String.eqb k (key_of (asked (call_of e))) = false) by (apply String.eqb_neq; congruence).
      destruct (asked (call_of e)) as [k'|k' v|k' f t cr]; simpl in *; [lia| |].
      + unfold put. rewrite K'. lia.
      + destruct (s k') as [x|]; [destruct (value_eq x f)|destruct cr]; simpl; unfold put; rewrite ?K'; lia.
  Qed.

  (** A node that has moved its own slot reads from every slot at least the version that any swap acknowledged
      before the move was sent has put there. *)
  Theorem slots_are_right : forall version m acked r k v t a,
    rises version k -> moves m ->
    In acked run -> offers (asked acked) k v -> (exists t, answered acked = Some (t, Done)) -> precedes acked m ->
    In r run -> session r = session m -> precedes m r -> asked r = Read k -> answered r = Some (t, a) ->
    exists w, a = Held w /\ version v <= version w.
  Proof.
    intros version m acked r k v t a R M IA OF (ta & DA) PA IR SE PM Q A.
    destruct (fenced_read_is_fresh m acked r k t a) as (past & rest & EQ & I & ->); auto.
    destruct (in_split _ _ I) as (p1 & p2 & ->).
    assert (EQ' : order = p1 ++ Heard acked :: p2 ++ rest) by (rewrite EQ, <- app_assoc; reflexivity).
    destruct (lawful_heard _ _ _ _ _ _ _ L EQ') as (t' & OUT).
    assert (D : outcome value_eq (state_after empty p1) acked = Done) by congruence.
    destruct (done_puts _ _ _ _ OF D) as [K P].
    assert (G : version v <= version_of version (state_after empty (p1 ++ Heard acked :: p2) k)).
    { rewrite state_after_app. simpl. change (version v) with (version_of version (Some v)).
      rewrite <- P. apply version_grows; auto. intros e E. apply (of_the_run L). rewrite EQ.
      apply in_or_app. left. apply in_or_app. right. now right. }
    destruct (SeqStore.state_after value_eq empty (p1 ++ Heard acked :: p2) k) as [w|] eqn:W.
    - exists w. auto.
    - exfalso. revert W. change (p1 ++ Heard acked :: p2) with (p1 ++ [Heard acked] ++ p2).
      rewrite app_assoc, state_after_app.
      assert (S : state_after empty (p1 ++ [Heard acked]) k <> None).
      { rewrite state_after_app. simpl. congruence. }
      revert S. generalize (state_after empty (p1 ++ [Heard acked])). clear. induction p2 as [|e p2 IH]; simpl; auto.
      intros s S. apply IH. unfold SeqStore.after, perform.
      destruct (asked (call_of e)) as [k'|k' x|k' f u cr]; simpl; auto; unfold put.
      + destruct (String.eqb k k'); congruence.
      + destruct (s k') as [y|]; [destruct (value_eq y f)|destruct cr]; simpl; auto;
          destruct (String.eqb k k'); congruence.
  Qed.

End Newest.

(** ** A pass is no single moment *)

Definition look_4b := Call 4 0 (Read "slot-2"%string) (Some (1, @NoKey Z)).
Definition look_3a := Call 3 2 (Read "slot-1"%string) (Some (3, @NoKey Z)).
Definition add_1 := Call 1 4 (Swap "slot-1"%string 0%Z 1%Z true) (Some (5, Done)).
Definition add_2 := Call 2 6 (Swap "slot-2"%string 0%Z 10%Z true) (Some (7, Done)).
Definition look_3b := Call 3 8 (Read "slot-2"%string) (Some (9, Held 10%Z)).
Definition look_4a := Call 4 10 (Read "slot-1"%string) (Some (11, Held 1%Z)).
Definition passes := [look_4b; look_3a; add_1; add_2; look_3b; look_4a].

(** Each call is answered before the next is sent, and the store does them in this order. Node 3 sees the 10
    without the 1, node 4 the 1 without the 10; neither add comes first for both. *)
Theorem passes_may_disagree :
  StronglySorted precedes passes /\ lawful Z.eq_dec passes (map Heard passes)
  /\ map session [look_3a; look_3b; look_4a; look_4b] = [3; 3; 4; 4].
Proof.
  split; [|split; [apply check_sound; vm_compute; reflexivity|reflexivity]].
  repeat constructor; unfold precedes; simpl; do 2 eexists; (split; [reflexivity|lia]).
Qed.
